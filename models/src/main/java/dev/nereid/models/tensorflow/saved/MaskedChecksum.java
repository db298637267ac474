package dev.nereid.models.tensorflow.saved;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** The checksum of TensorFlow's files: CRC32C, rotated and moved by a constant. */
final class MaskedChecksum {
    private static final int DELTA = 0xa282ead8;
    private static final long CHUNK = 1 << 30;

    private final CRC32C crc = new CRC32C();

    static int of(byte[] bytes, int length) {
        MaskedChecksum checksum = new MaskedChecksum();
        checksum.add(bytes, length);
        return checksum.value();
    }

    static int of(MemorySegment segment) {
        MaskedChecksum checksum = new MaskedChecksum();
        checksum.add(segment);
        return checksum.value();
    }

    void add(byte[] bytes, int length) {
        crc.update(bytes, 0, length);
    }

    void add(MemorySegment segment) {
        for (long at = 0; at < segment.byteSize(); at += CHUNK) {
            crc.update(segment.asSlice(at, Math.min(CHUNK, segment.byteSize() - at))
                    .asByteBuffer());
        }
    }

    int value() {
        int value = (int) crc.getValue();
        return (value >>> 15 | value << 17) + DELTA;
    }
}
