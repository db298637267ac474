package dev.nereid.models.operators.attention;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads and writes single elements of the two datatypes of {@link ComputePrecision}. */
public final class ComputeElements {
    private ComputeElements() {}

    /** An element of {@code FP32} or {@code FP64}. */
    public static double get(MemorySegment segment, DataType type, long index) {
        return type == DataType.FP64
                ? segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index)
                : segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index);
    }

    /** Sets an element of {@code FP32} or {@code FP64}. */
    public static void set(MemorySegment segment, DataType type, long index, double value) {
        if (type == DataType.FP64) {
            segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index, value);
        } else {
            segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index, (float) value);
        }
    }
}
