package dev.nereid.models.operators.quantized;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * dev.nereid FixedPointScale: requantisation of accumulators by fixed-point factors, bit for bit as TFLite's kernels do it.
 *
 * <p>Inputs: x INT32 [..., channels]; multiplier and shift INT32 [1] or [channels], the factor {@code multiplier *
 * 2^(shift - 31)}. Attributes: to (the output's type, INT8, UINT8 or INT32), zero_point (added), minimum and maximum (the sum
 * is limited to them), and roundings. With 2 the high half of the doubled product is rounded to the nearest integer, and what
 * a negative shift divides by a power of two once more, halves away from zero; with 1 the whole product is rounded, halves
 * upwards, which is how TFLite's matrix products do it on other processors than ARM's.
 */
public final class FixedPointScale implements Operator {
    private static final int FRACTION = 31;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType to = to(inference);
        if (to != DataType.INT8 && to != DataType.UINT8 && to != DataType.INT32) {
            throw new ModelFormatException("attribute 'to': expected INT8, UINT8 or INT32, got " + to);
        }
        return List.of(inference.type(0).withDataType(to));
    }

    private static DataType to(Inference inference) {
        return OnnxTypes.dataType(inference.attributes().integer("to", OnnxTypes.number(DataType.INT8)));
    }

    @Override
    public void lower(Lowering lowering) {
        int zeroPoint = (int) lowering.attributes().integer("zero_point", 0);
        int least = (int) lowering.attributes().integer("minimum", Integer.MIN_VALUE);
        int most = (int) lowering.attributes().integer("maximum", Integer.MAX_VALUE);
        boolean once = lowering.attributes().integer("roundings", 2) == 1;
        lowering.step(run -> run(run, once, zeroPoint, least, most));
    }

    private static void run(StepRun run, boolean once, int zeroPoint, int least, int most) {
        int[] multipliers = integers(run.input(1));
        int[] shifts = integers(run.input(2));
        Tensor x = run.input(0);
        int channels = x.shape().rank() == 0 ? 1 : Math.toIntExact(x.shape().dim(-1));
        if (multipliers.length != shifts.length || (multipliers.length != 1 && multipliers.length != channels)) {
            throw new ModelFormatException("expected one factor or " + channels + ", got " + multipliers.length
                    + " multipliers and " + shifts.length + " shifts");
        }
        Tensor y = run.output(0);
        MemorySegment from = x.segment();
        MemorySegment to = y.segment();
        boolean wide = y.dataType() == DataType.INT32;
        long elements = x.shape().elements();
        int each = multipliers.length == 1 ? 0 : 1;
        int channel = 0;
        for (long i = 0; i < elements; i++) {
            int accumulator = from.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * i);
            int multiplier = multipliers[each * channel];
            int shift = shifts[each * channel];
            long product = once ? scaleOnce(accumulator, multiplier, shift) : scale(accumulator, multiplier, shift);
            int limited = (int) Math.max(least, Math.min(most, product + zeroPoint));
            if (wide) {
                to.set(ValueLayout.JAVA_INT_UNALIGNED, 4 * i, limited);
            } else {
                to.set(ValueLayout.JAVA_BYTE, i, (byte) limited);
            }
            channel = channel + 1 == channels ? 0 : channel + 1;
        }
    }

    private static int[] integers(Tensor tensor) {
        int[] integers = new int[Math.toIntExact(tensor.shape().elements())];
        MemorySegment.copy(tensor.segment(), ValueLayout.JAVA_INT_UNALIGNED, 0, integers, 0, integers.length);
        return integers;
    }

    /** {@code value * multiplier * 2^(shift - 31)}, rounded once; the shift is at most 30. */
    static long scaleOnce(int value, int multiplier, int shift) {
        int places = Math.clamp(FRACTION - shift, 1, Long.SIZE - 2);
        return ((long) value * multiplier + (1L << (places - 1))) >> places;
    }

    /** {@code value * multiplier * 2^(shift - 31)}, rounded twice. */
    public static int scale(int value, int multiplier, int shift) {
        int high = doubledHigh(shift > 0 ? value << shift : value, multiplier);
        return shift < 0 ? divideByPowerOfTwo(high, Math.min(-shift, FRACTION)) : high;
    }

    /** The high half of the doubled product, rounded to nearest with halves upwards; of two least integers, the greatest. */
    private static int doubledHigh(int a, int b) {
        if (a == Integer.MIN_VALUE && b == Integer.MIN_VALUE) {
            return Integer.MAX_VALUE;
        }
        long product = (long) a * b;
        long nudge = product >= 0 ? 1L << (FRACTION - 1) : 1 - (1L << (FRACTION - 1));
        return (int) ((product + nudge) / (1L << FRACTION));
    }

    private static int divideByPowerOfTwo(int value, int exponent) {
        int mask = (int) ((1L << exponent) - 1);
        int threshold = (mask >>> 1) + (value < 0 ? 1 : 0);
        return (value >> exponent) + ((value & mask) > threshold ? 1 : 0);
    }
}
