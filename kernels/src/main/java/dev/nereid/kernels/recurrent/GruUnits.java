package dev.nereid.kernels.recurrent;

import static dev.nereid.kernels.elementwise.RationalConstants.TANH_HIGH;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P1;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P11;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P13;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P3;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P5;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P7;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P9;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q0;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q2;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q4;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q6;
import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GT;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The states of a block of GRU's units in one row; flat as {@link LstmUnits}. */
final class GruUnits {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED.length() > GateBlocks.UNITS
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final long GATE = 4L * GateBlocks.UNITS;

    private GruUnits() {}

    /**
     * Computes the hidden states. With {@code e = exp(-update)} and {@code tanh(...) = p / q} they are {@code (e * p + h * q)
     * / (q * (1 + e))}, in one division.
     *
     * @param sums update, reset and hidden gates of all units of a block; not kept
     * @param x the hidden gate's part from the input
     * @param h the states before
     * @param y may be {@code sums}
     */
    static void run(long sums, long x, long h, long y) {
        SigmoidDenominators.of(sums, 2 * GateBlocks.UNITS);
        for (int i = 0; i < GateBlocks.UNITS; i += LANES) {
            long at = sums + 4L * i;
            FloatVector e = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
            FloatVector reset = FloatVector.fromMemorySegment(SPECIES, ALL, at + GATE, ORDER)
                    .add(1f);
            FloatVector fresh = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * GATE, ORDER)
                            .div(reset));
            FloatVector clamped =
                    fresh.blend(TANH_HIGH, fresh.compare(GT, TANH_HIGH)).blend(-TANH_HIGH, fresh.lt(-TANH_HIGH));
            FloatVector square = clamped.mul(clamped);
            FloatVector p = square.fma(e.broadcast(TANH_P13), e.broadcast(TANH_P11))
                    .fma(square, e.broadcast(TANH_P9))
                    .fma(square, e.broadcast(TANH_P7))
                    .fma(square, e.broadcast(TANH_P5))
                    .fma(square, e.broadcast(TANH_P3))
                    .fma(square, e.broadcast(TANH_P1))
                    .mul(clamped);
            FloatVector q = square.fma(e.broadcast(TANH_Q6), e.broadcast(TANH_Q4))
                    .fma(square, e.broadcast(TANH_Q2))
                    .fma(square, e.broadcast(TANH_Q0));
            FloatVector kept = FloatVector.fromMemorySegment(SPECIES, ALL, h + 4L * i, ORDER)
                    .mul(q);
            e.fma(p, kept).div(q.mul(e.add(1f))).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }
}
