package dev.nereid.kernels.recurrent;

import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.NORMAL_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.NORMAL_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.Q2;
import static dev.nereid.kernels.elementwise.ExpConstants.Q3;
import static dev.nereid.kernels.elementwise.ExpConstants.Q4;
import static dev.nereid.kernels.elementwise.ExpConstants.Q5;
import static dev.nereid.kernels.elementwise.ExpConstants.ROUNDER;
import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Exponentials of sigmoids: {@code exp(-x)}, and the denominator {@code 1 + exp(-x)}. Results stay within the normal
 * numbers. Lengths are multiples of {@link GateBlocks#UNITS}.
 */
final class SigmoidDenominators {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED.length() > GateBlocks.UNITS
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private SigmoidDenominators() {}

    /** Replaces each x by {@code exp(-x)}. */
    static void of(long numbers, int length) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, numbers + 4L * i, ORDER)
                    .neg();
            FloatVector clamped =
                    x.blend(NORMAL_HIGH, x.compare(GT, NORMAL_HIGH)).blend(NORMAL_LOW, x.lt(NORMAL_LOW));
            FloatVector shifted = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
            FloatVector n = shifted.sub(ROUNDER);
            FloatVector r = n.fma(x.broadcast(MINUS_LN2_LOW), n.fma(x.broadcast(MINUS_LN2_HIGH), clamped));
            r.fma(x.broadcast(Q5), x.broadcast(Q4))
                    .fma(r, x.broadcast(Q3))
                    .fma(r, x.broadcast(Q2))
                    .fma(r, x.broadcast(1f))
                    .fma(r, x.broadcast(1f))
                    .reinterpretAsInts()
                    .add(shifted.reinterpretAsInts().lanewise(LSHL, MANTISSA_BITS))
                    .reinterpretAsFloats()
                    .intoMemorySegment(ALL, numbers + 4L * i, ORDER);
        }
    }

    /** Replaces each x by {@code 1 + exp(-x)}. */
    static void onePlus(long numbers, int length) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, numbers + 4L * i, ORDER)
                    .neg();
            FloatVector clamped =
                    x.blend(NORMAL_HIGH, x.compare(GT, NORMAL_HIGH)).blend(NORMAL_LOW, x.lt(NORMAL_LOW));
            FloatVector shifted = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
            FloatVector n = shifted.sub(ROUNDER);
            FloatVector r = n.fma(x.broadcast(MINUS_LN2_LOW), n.fma(x.broadcast(MINUS_LN2_HIGH), clamped));
            r.fma(x.broadcast(Q5), x.broadcast(Q4))
                    .fma(r, x.broadcast(Q3))
                    .fma(r, x.broadcast(Q2))
                    .fma(r, x.broadcast(1f))
                    .fma(r, x.broadcast(1f))
                    .reinterpretAsInts()
                    .add(shifted.reinterpretAsInts().lanewise(LSHL, MANTISSA_BITS))
                    .reinterpretAsFloats()
                    .add(1f)
                    .intoMemorySegment(ALL, numbers + 4L * i, ORDER);
        }
    }
}
