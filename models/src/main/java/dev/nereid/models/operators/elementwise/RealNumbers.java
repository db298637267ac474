package dev.nereid.models.operators.elementwise;

import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads and writes single real numbers, such as the scalars that operators take as parameters. */
public final class RealNumbers {
    private RealNumbers() {}

    /** The first element of a tensor of FP16, BF16, FP32 or FP64. */
    public static double first(Tensor tensor) {
        return at(tensor, 0);
    }

    /** An element of a tensor of FP16, BF16, FP32 or FP64. */
    public static double at(Tensor tensor, long index) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case FP16 -> Float.float16ToFloat(segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index));
            case BF16 -> Float.intBitsToFloat(segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index) << 16);
            case FP32 -> segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index);
            case FP64 -> segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index);
            default -> throw new IllegalArgumentException("expected a real number, got " + tensor.dataType());
        };
    }

    /** Rounds a number to an element of a tensor of FP16, BF16, FP32 or FP64. */
    public static void set(Tensor tensor, long index, double value) {
        MemorySegment segment = tensor.segment();
        switch (tensor.dataType()) {
            case FP16 -> segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index, Float.floatToFloat16((float) value));
            case BF16 -> segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index, bfloat16((float) value));
            case FP32 -> segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index, (float) value);
            case FP64 -> segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index, value);
            default -> throw new IllegalArgumentException("expected a real number, got " + tensor.dataType());
        }
    }

    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) (Float.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
