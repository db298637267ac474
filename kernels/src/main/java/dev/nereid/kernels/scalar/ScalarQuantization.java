package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.SmallFloat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Quantisation and dequantisation, element by element, for every pair of types. */
public final class ScalarQuantization implements QuantizationKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public LinearQuantization dynamicQuantization(MemorySegment x, long count, Workers workers) {
        float minimum = 0;
        float maximum = 0;
        for (long i = 0; i < count; i++) {
            float value = x.get(FLOAT, 4 * i);
            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }
        return LinearQuantization.ofRange(minimum, maximum);
    }

    @Override
    public void widen(DataType from, long count, MemorySegment x, MemorySegment y) {
        ElementAccess elements = ElementAccess.of(from);
        for (long i = 0; i < count; i++) {
            y.set(FLOAT, 4 * i, (float) elements.real().get(x, i * elements.bytes()));
        }
    }

    @Override
    public void quantize(
            QuantizationGrid grid,
            QuantizeTypes types,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        ElementAccess from = ElementAccess.of(types.from());
        ElementAccess to = ElementAccess.of(types.to(), new CastRule(types.saturate(), SmallFloat.Powers.UP));
        long at = 0;
        for (long outer = 0; outer < grid.outer(); outer++) {
            for (long channel = 0; channel < grid.channels(); channel++) {
                for (long inner = 0; inner < grid.inner(); inner++) {
                    long scale = 4 * grid.scaleIndex(outer, channel, inner);
                    float value = (float) from.real().get(x, at * from.bytes());
                    float quotient = round(types.precision(), value / scales.get(FLOAT, scale));
                    float zeroPoint = zeroPoints.get(FLOAT, scale);
                    if (to.isInteger()) {
                        to.setInteger().set(y, at * to.bytes(), integer(quotient, zeroPoint, to));
                    } else {
                        to.setReal().set(y, at * to.bytes(), quotient + zeroPoint);
                    }
                    at++;
                }
            }
        }
    }

    @Override
    public void dequantize(
            QuantizationGrid grid,
            DataType fromType,
            DataType toType,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        ElementAccess from = ElementAccess.of(fromType);
        ElementAccess to = ElementAccess.of(toType);
        long at = 0;
        for (long outer = 0; outer < grid.outer(); outer++) {
            for (long channel = 0; channel < grid.channels(); channel++) {
                for (long inner = 0; inner < grid.inner(); inner++) {
                    long scale = 4 * grid.scaleIndex(outer, channel, inner);
                    float shifted = (float) from.real().get(x, at * from.bytes()) - zeroPoints.get(FLOAT, scale);
                    to.setReal().set(y, at * to.bytes(), shifted * scales.get(FLOAT, scale));
                    at++;
                }
            }
        }
    }

    @Override
    public void requantize(
            int m,
            int n,
            MemorySegment sums,
            MemorySegment bias,
            MemorySegment multipliers,
            boolean signed,
            int zeroPoint,
            MemorySegment y) {
        ElementAccess to = ElementAccess.of(signed ? DataType.INT8 : DataType.UINT8);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                long at = (long) i * n + j;
                int sum = sums.get(INT, 4 * at) + bias.get(INT, 4L * j);
                to.setInteger().set(y, at, integer(sum * multipliers.get(FLOAT, 4L * j), zeroPoint, to));
            }
        }
    }

    /** Rounds half to even and saturates to the type's range; NaN counts as 0. */
    static long integer(float quotient, float zeroPoint, ElementAccess type) {
        double rounded = Float.isNaN(quotient) ? 0 : Math.rint((double) quotient);
        return (long) Math.clamp(rounded + zeroPoint, (double) type.lowest(), (double) type.highest());
    }

    private static float round(DataType precision, float value) {
        return switch (precision) {
            case FP16, BF16 -> HalfFloats.round(precision, value);
            default -> value;
        };
    }
}
