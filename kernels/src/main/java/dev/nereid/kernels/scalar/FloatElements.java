package dev.nereid.kernels.scalar;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Elements of the float types, read and written as {@code double}. */
final class FloatElements {
    private FloatElements() {}

    static double get(DataType type, MemorySegment segment, long index) {
        return switch (type) {
            case FP32 -> segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4);
            case FP64 -> segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8);
            case FP16, BF16 -> HalfFloats.get(type, segment, index);
            default -> throw new IllegalArgumentException("expected a float datatype, got " + type);
        };
    }

    static void set(DataType type, MemorySegment segment, long index, double value) {
        switch (type) {
            case FP32 -> segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4, (float) value);
            case FP64 -> segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8, value);
            case FP16, BF16 -> HalfFloats.set(type, segment, index, (float) value);
            default -> throw new IllegalArgumentException("expected a float datatype, got " + type);
        }
    }
}
