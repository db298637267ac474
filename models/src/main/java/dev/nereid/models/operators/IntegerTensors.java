package dev.nereid.models.operators;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Reads small integer tensors: shapes, axes, paddings, steps. */
public final class IntegerTensors {
    private IntegerTensors() {}

    /** The elements of an integer tensor as longs (unsigned ones zero-extended); empty for any other datatype. */
    public static Optional<long[]> read(Tensor tensor) {
        if (!tensor.dataType().isInteger()) {
            return Optional.empty();
        }
        MemorySegment segment = tensor.segment();
        long[] values = new long[Math.toIntExact(tensor.shape().elements())];
        boolean unsigned = tensor.dataType().kind() == DataType.Kind.UNSIGNED;
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.dataType().bytes()) {
                case 1 -> {
                    byte value = segment.get(ValueLayout.JAVA_BYTE, i);
                    yield unsigned ? value & 0xFF : value;
                }
                case 2 -> {
                    short value = segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i);
                    yield unsigned ? value & 0xFFFF : value;
                }
                case 4 -> {
                    int value = segment.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
                    yield unsigned ? value & 0xFFFF_FFFFL : value;
                }
                default -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
            };
        }
        return Optional.of(values);
    }
}
