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

/**
 * The states of a block of LSTM's units in one row. Bodies are flat and repeated rather than shared: a helper that takes or
 * returns vectors is not always inlined, and then every vector is boxed. The product of a sigmoid and a tanh takes one
 * division for both.
 */
final class LstmUnits {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED.length() > GateBlocks.UNITS
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final long GATE = 4L * GateBlocks.UNITS;

    private LstmUnits() {}

    /**
     * Replaces the cell states and computes the hidden ones.
     *
     * @param sums input, output, forget and cell gates of all units of a block; not kept
     * @param y may be {@code sums}
     */
    static void run(long sums, long c, long y) {
        SigmoidDenominators.onePlus(sums, 3 * GateBlocks.UNITS);
        cells(sums, c);
        states(sums, c, y);
    }

    private static void cells(long sums, long c) {
        for (int i = 0; i < GateBlocks.UNITS; i += LANES) {
            long at = sums + 4L * i;
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * GATE, ORDER);
            FloatVector clamped = x.blend(TANH_HIGH, x.compare(GT, TANH_HIGH)).blend(-TANH_HIGH, x.lt(-TANH_HIGH));
            FloatVector square = clamped.mul(clamped);
            FloatVector p = square.fma(x.broadcast(TANH_P13), x.broadcast(TANH_P11))
                    .fma(square, x.broadcast(TANH_P9))
                    .fma(square, x.broadcast(TANH_P7))
                    .fma(square, x.broadcast(TANH_P5))
                    .fma(square, x.broadcast(TANH_P3))
                    .fma(square, x.broadcast(TANH_P1));
            FloatVector q = square.fma(x.broadcast(TANH_Q6), x.broadcast(TANH_Q4))
                    .fma(square, x.broadcast(TANH_Q2))
                    .fma(square, x.broadcast(TANH_Q0));
            FloatVector in = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
            FloatVector forget = FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * GATE, ORDER);
            FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * i, ORDER)
                    .div(forget)
                    .add(p.mul(clamped).div(q.mul(in)))
                    .intoMemorySegment(ALL, c + 4L * i, ORDER);
        }
    }

    private static void states(long sums, long c, long y) {
        for (int i = 0; i < GateBlocks.UNITS; i += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * i, ORDER);
            FloatVector clamped = x.blend(TANH_HIGH, x.compare(GT, TANH_HIGH)).blend(-TANH_HIGH, x.lt(-TANH_HIGH));
            FloatVector square = clamped.mul(clamped);
            FloatVector p = square.fma(x.broadcast(TANH_P13), x.broadcast(TANH_P11))
                    .fma(square, x.broadcast(TANH_P9))
                    .fma(square, x.broadcast(TANH_P7))
                    .fma(square, x.broadcast(TANH_P5))
                    .fma(square, x.broadcast(TANH_P3))
                    .fma(square, x.broadcast(TANH_P1));
            FloatVector q = square.fma(x.broadcast(TANH_Q6), x.broadcast(TANH_Q4))
                    .fma(square, x.broadcast(TANH_Q2))
                    .fma(square, x.broadcast(TANH_Q0));
            FloatVector out = FloatVector.fromMemorySegment(SPECIES, ALL, sums + 4L * i + GATE, ORDER);
            p.mul(clamped).div(q.mul(out)).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }
}
