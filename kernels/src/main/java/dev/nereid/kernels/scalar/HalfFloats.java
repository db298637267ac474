package dev.nereid.kernels.scalar;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Elements of the 16-bit float types, read and written as {@code float}. */
final class HalfFloats {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private HalfFloats() {}

    static float get(DataType type, MemorySegment segment, long index) {
        short bits = segment.get(SHORT, index * 2);
        return type == DataType.FP16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    static void set(DataType type, MemorySegment segment, long index, float value) {
        segment.set(SHORT, index * 2, type == DataType.FP16 ? Float.floatToFloat16(value) : bfloat16(value));
    }

    /** The nearest number of the type. */
    static float round(DataType type, float value) {
        return type == DataType.FP16
                ? Float.float16ToFloat(Float.floatToFloat16(value))
                : Float.intBitsToFloat(bfloat16(value) << 16);
    }

    /** The nearest bfloat16, ties to even; a NaN stays one. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }
}
