package dev.nereid.server.torchserve.image;

import dev.nereid.server.protocol.InferException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;

/** Reads the structure of PNG files. */
final class PngFile {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final int HEADER = type("IHDR");
    private static final int DATA = type("IDAT");
    private static final int END = type("IEND");

    /** What decoding needs. The text in other chunks may be compressed, and of any size when it is not. */
    private static final Set<Integer> NEEDED = Set.of(HEADER, type("PLTE"), DATA, END);

    /** Length, type and checksum. */
    private static final int FRAME_BYTES = 12;

    private static final int HEADER_BYTES = 13;

    /** Red, green, blue and alpha. */
    private static final int MOST_SAMPLES = 4;

    private PngFile() {}

    private static int type(String name) {
        return (name.charAt(0) << 24) | (name.charAt(1) << 16) | (name.charAt(2) << 8) | name.charAt(3);
    }

    static boolean isPng(byte[] file) {
        return file.length > SIGNATURE.length
                && Arrays.equals(file, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
    }

    /**
     * Reads the header and keeps the chunks that are needed.
     *
     * @throws InferException if chunks are missing or do not fit the file
     */
    static ImageFile read(byte[] file) {
        ByteBuffer source = ByteBuffer.wrap(file).position(SIGNATURE.length);
        ByteBuffer needed = ByteBuffer.allocate(file.length).put(SIGNATURE);
        boolean data = false;
        try {
            for (int type = 0; type != END; ) {
                int start = source.position();
                int length = source.getInt();
                type = source.getInt();
                boolean isFirst = start == SIGNATURE.length;
                if (length < 0
                        || length > source.remaining() - Integer.BYTES
                        || isFirst != (type == HEADER)
                        || (isFirst && length != HEADER_BYTES)) {
                    throw damaged("a chunk that is not where it belongs or does not fit the file");
                }
                source.position(start + FRAME_BYTES + length);
                if (NEEDED.contains(type)) {
                    needed.put(file, start, FRAME_BYTES + length);
                }
                data |= type == DATA;
            }
        } catch (BufferUnderflowException e) {
            throw damaged("it ends too early");
        }
        if (!data) {
            throw damaged("it has no image data");
        }
        ByteBuffer header = ByteBuffer.wrap(file).position(SIGNATURE.length + 2 * Integer.BYTES);
        int width = header.getInt();
        int height = header.getInt();
        int sampleBytes = header.get() > Byte.SIZE ? 2 : 1;
        return new ImageFile(
                "png",
                width,
                height,
                MOST_SAMPLES * sampleBytes,
                ImageFile.Ink.NONE,
                Arrays.copyOf(needed.array(), needed.position()));
    }

    private static InferException damaged(String what) {
        return InferException.invalid("the png image is damaged: " + what);
    }
}
