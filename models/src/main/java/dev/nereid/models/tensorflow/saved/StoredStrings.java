package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Strings in a checkpoint: their lengths as varints, a checksum of those, and their bytes. */
final class StoredStrings {
    private static final long MOST_BYTES = 1 << 30;

    private StoredStrings() {}

    static Tensor read(Shape shape, MemorySegment segment, int checksum) {
        if (segment.byteSize() > MOST_BYTES || shape.elements() > segment.byteSize()) {
            throw new ModelFormatException(
                    "it has " + segment.byteSize() + " bytes: expected at least one for each of the " + shape.elements()
                            + " strings, and at most " + MOST_BYTES);
        }
        TableBytes from = new TableBytes(segment.toArray(ValueLayout.JAVA_BYTE));
        int[] lengths = new int[(int) shape.elements()];
        MaskedChecksum lengthsSum = new MaskedChecksum();
        MaskedChecksum sum = new MaskedChecksum();
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = from.count();
            byte[] fixed = littleEndian(lengths[i]);
            lengthsSum.add(fixed, fixed.length);
            sum.add(fixed, fixed.length);
        }
        byte[] stored = from.take(Integer.BYTES);
        sum.add(stored, stored.length);
        byte[][] strings = new byte[lengths.length][];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = from.take(lengths[i]);
            sum.add(strings[i], strings[i].length);
        }
        if (!Arrays.equals(stored, littleEndian(lengthsSum.value())) || sum.value() != checksum || from.hasMore()) {
            throw new ModelFormatException("its checksum or its length is wrong: the file is damaged");
        }
        return Tensor.ofStrings(shape, strings);
    }

    private static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
