package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.NORMAL_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.ONE;
import static dev.nereid.kernels.elementwise.ExpConstants.Q2;
import static dev.nereid.kernels.elementwise.ExpConstants.Q3;
import static dev.nereid.kernels.elementwise.ExpConstants.Q4;
import static dev.nereid.kernels.elementwise.ExpConstants.Q5;
import static dev.nereid.kernels.elementwise.ExpConstants.ROUNDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Softmax and its logarithm of a few short rows, number by number, to the last bit as {@link FloatSoftmaxLoop} has them. The
 * end of a classifier is such a step: one call a run and no loop to speak of, so that it takes thousands of runs until the
 * JVM compiles it, and vectors cost a hundred times as much before.
 */
final class FewSoftmaxRows {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();

    /** Numbers up to which vectors are hardly faster even when compiled. */
    private static final int MOST = 96;

    private FewSoftmaxRows() {}

    /** Whether so many rows are few, and so long ones short. */
    static boolean suits(int rows, int length) {
        return length <= LANES && (long) rows * length <= MOST;
    }

    static void run(
            MemorySegment x, long xStart, MemorySegment y, long yStart, int rows, int length, boolean logarithm) {
        float[] powers = new float[LANES];
        for (int row = 0; row < rows; row++) {
            long at = 4L * row * length;
            float greatest = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < length; i++) {
                greatest = Math.max(greatest, x.get(FLOAT, xStart + at + 4L * i));
            }
            for (int i = 0; i < length; i++) {
                float v = x.get(FLOAT, xStart + at + 4L * i) - greatest;
                powers[i] = exp(v);
                y.set(FLOAT, yStart + at + 4L * i, logarithm ? v : powers[i]);
            }
            float sum = sum(powers, length);
            float last = logarithm ? (float) Math.log(sum) : 1f / sum;
            for (int i = 0; i < length; i++) {
                float number = y.get(FLOAT, yStart + at + 4L * i);
                y.set(FLOAT, yStart + at + 4L * i, logarithm ? number - last : number * last);
            }
        }
    }

    private static float exp(float v) {
        float shifted = Math.fma(v, LOG2_E, ROUNDER);
        float n = shifted - ROUNDER;
        float r = Math.fma(n, MINUS_LN2_LOW, Math.fma(n, MINUS_LN2_HIGH, v));
        float p = Math.fma(r, Q5, Q4);
        p = Math.fma(p, r, Q3);
        p = Math.fma(p, r, Q2);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        float power = Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << MANTISSA_BITS) + ONE);
        return v < NORMAL_LOW ? 0f : p * power;
    }

    /** The sum of the first numbers in the order of {@link LaneReduction}; what they held is lost. */
    private static float sum(float[] numbers, int length) {
        for (int i = length; i < LANES; i++) {
            numbers[i] = 0f;
        }
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                numbers[i] += numbers[i + half];
            }
        }
        return numbers[0];
    }
}
