package dev.nereid.kernels.scalar;

import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Quantisation and dequantisation, element by element, for every pair of types. */
final class ScalarQuantization {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private ScalarQuantization() {}

    static void widen(DataType from, long count, MemorySegment x, MemorySegment y) {
        for (long i = 0; i < count; i++) {
            y.set(FLOAT, 4 * i, read(from, x, i));
        }
    }

    static void quantize(
            QuantizationGrid grid,
            QuantizeTypes types,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        long at = 0;
        for (long outer = 0; outer < grid.outer(); outer++) {
            for (long channel = 0; channel < grid.channels(); channel++) {
                for (long inner = 0; inner < grid.inner(); inner++) {
                    long scale = 4 * grid.scaleIndex(outer, channel, inner);
                    float quotient = read(types.from(), x, at) / scales.get(FLOAT, scale);
                    float rounded = round(types.precision(), quotient);
                    write(types.to(), y, at, rounded, zeroPoints.get(FLOAT, scale), types.saturate());
                    at++;
                }
            }
        }
    }

    static void dequantize(
            QuantizationGrid grid,
            DataType from,
            DataType to,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        long at = 0;
        for (long outer = 0; outer < grid.outer(); outer++) {
            for (long channel = 0; channel < grid.channels(); channel++) {
                for (long inner = 0; inner < grid.inner(); inner++) {
                    long scale = 4 * grid.scaleIndex(outer, channel, inner);
                    float shifted = read(from, x, at) - zeroPoints.get(FLOAT, scale);
                    writeFloat(to, y, at, shifted * scales.get(FLOAT, scale));
                    at++;
                }
            }
        }
    }

    static void requantize(
            int m,
            int n,
            MemorySegment sums,
            MemorySegment bias,
            MemorySegment multipliers,
            boolean signed,
            int zeroPoint,
            MemorySegment y) {
        DataType type = signed ? DataType.INT8 : DataType.UINT8;
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                long at = (long) i * n + j;
                int sum = sums.get(INT, 4 * at) + bias.get(INT, 4L * j);
                write(type, y, at, sum * multipliers.get(FLOAT, 4L * j), zeroPoint, true);
            }
        }
    }

    /** The number at an index, as the nearest float32. */
    static float read(DataType type, MemorySegment x, long index) {
        return switch (type) {
            case FP32 -> x.get(FLOAT, 4 * index);
            case FP16 -> Float.float16ToFloat(x.get(SHORT, 2 * index));
            case BF16 -> Float.intBitsToFloat(x.get(SHORT, 2 * index) << 16);
            case INT32 -> x.get(INT, 4 * index);
            case INT16 -> x.get(SHORT, 2 * index);
            case UINT16 -> Short.toUnsignedInt(x.get(SHORT, 2 * index));
            case INT8, INT4, INT2 -> x.get(ValueLayout.JAVA_BYTE, index);
            case UINT8, UINT4, UINT2 -> Byte.toUnsignedInt(x.get(ValueLayout.JAVA_BYTE, index));
            case FLOAT8E8M0 -> powerOfTwo(Byte.toUnsignedInt(x.get(ValueLayout.JAVA_BYTE, index)));
            default -> NarrowFloat.of(type).decode(x.get(ValueLayout.JAVA_BYTE, index));
        };
    }

    /** An exponent without sign or mantissa: 2 to the power of (code - 127), and NaN for the last code. */
    private static float powerOfTwo(int code) {
        return code == 0xff ? Float.NaN : Math.scalb(1f, code - 127);
    }

    private static void write(
            DataType type, MemorySegment y, long index, float quotient, float zeroPoint, boolean saturate) {
        switch (type) {
            case INT16 -> y.set(SHORT, 2 * index, (short) integer(quotient, zeroPoint, -32768, 32767));
            case UINT16 -> y.set(SHORT, 2 * index, (short) integer(quotient, zeroPoint, 0, 65535));
            case INT8 -> setByte(y, index, integer(quotient, zeroPoint, -128, 127));
            case UINT8 -> setByte(y, index, integer(quotient, zeroPoint, 0, 255));
            case INT4 -> setByte(y, index, integer(quotient, zeroPoint, -8, 7));
            case UINT4 -> setByte(y, index, integer(quotient, zeroPoint, 0, 15));
            case INT2 -> setByte(y, index, integer(quotient, zeroPoint, -2, 1));
            case UINT2 -> setByte(y, index, integer(quotient, zeroPoint, 0, 3));
            default -> setByte(y, index, NarrowFloat.of(type).encode(quotient + zeroPoint, saturate));
        }
    }

    /** Rounds half to even and saturates; NaN counts as 0. */
    static int integer(float quotient, float zeroPoint, int lowest, int highest) {
        double shifted = Math.rint((double) quotient) + zeroPoint;
        return Double.isNaN(shifted)
                ? (int) Math.clamp(zeroPoint, lowest, highest)
                : (int) Math.clamp(shifted, lowest, highest);
    }

    private static void setByte(MemorySegment y, long index, int value) {
        y.set(ValueLayout.JAVA_BYTE, index, (byte) value);
    }

    private static float round(DataType precision, float value) {
        return switch (precision) {
            case FP16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> Float.intBitsToFloat(bfloat16(value) << 16);
            default -> value;
        };
    }

    private static void writeFloat(DataType type, MemorySegment y, long index, float value) {
        switch (type) {
            case FP16 -> y.set(SHORT, 2 * index, Float.floatToFloat16(value));
            case BF16 -> y.set(SHORT, 2 * index, (short) bfloat16(value));
            default -> y.set(FLOAT, 4 * index, value);
        }
    }

    /** The upper half of the nearest number with eight significant bits, ties going to the even one. */
    private static int bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return bits >>> 16 | 0x40;
        }
        return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
    }
}
