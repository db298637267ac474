package dev.nereid.kernels.attention;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The exponentials between the two products of attention. Bodies are flat and repeated rather than shared: a helper that
 * takes or returns vectors is not always inlined, and then every vector is boxed. Rows are given by their addresses.
 */
final class Softmax {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Numbers in which a sum is left. */
    static final int LANES = SPECIES.length();

    /** Below this the exponential is less than the smallest normal number, and counts as zero. */
    private static final float LOWEST = -87.33f;

    private static final float LOG2_E = 1.442695f;

    /** 1.5 * 2^23: adding it leaves the nearest integer in the low bits of the sum. */
    private static final float ROUNDER = 12582912f;

    private static final float LN2_HIGH = 0.69314575f;
    private static final float LN2_LOW = 1.4286068e-6f;

    private Softmax() {}

    /**
     * Replaces a row of {@code length} scores x by {@code exp(scale * x + mask - m)}, with m the highest exponent, and
     * leaves the sum of the results as one number a lane: how lanes are added up depends on which compiler saw the loop.
     */
    static void weights(long scores, int length, float scale, long mask, long sums) {
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < length; j += LANES) {
            VectorMask<Float> in = SPECIES.indexInRange(j, length);
            FloatVector added = FloatVector.fromMemorySegment(SPECIES, ALL, mask + 4L * j, ORDER, in);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER, in)
                    .lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, scale), added);
            x.intoMemorySegment(ALL, scores + 4L * j, ORDER, in);
            highest = highest.lanewise(VectorOperators.MAX, x, in);
        }
        exponentials(scores, length, 1f, highest.reduceLanes(VectorOperators.MAX), sums);
    }

    /** As above, without a mask. */
    static void weights(long scores, int length, float scale, long sums) {
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < length; j += LANES) {
            VectorMask<Float> in = SPECIES.indexInRange(j, length);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER, in)
                    .mul(scale);
            highest = highest.lanewise(VectorOperators.MAX, x, in);
        }
        exponentials(scores, length, scale, highest.reduceLanes(VectorOperators.MAX), sums);
    }

    private static void exponentials(long scores, int length, float scale, float highest, long sums) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int j = 0; j < length; j += LANES) {
            VectorMask<Float> in = SPECIES.indexInRange(j, length);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER, in)
                    .mul(scale)
                    .sub(highest);
            FloatVector z = x.max(LOWEST);
            FloatVector shifted = z.lanewise(
                    VectorOperators.FMA,
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector n = shifted.sub(ROUNDER);
            FloatVector r = n.lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, -LN2_HIGH), z);
            r = n.lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, 8.312501e-3f);
            p = p.fma(r, FloatVector.broadcast(SPECIES, 4.189033e-2f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1.6667116e-1f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 4.999923e-1f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
            FloatVector e = p.viewAsIntegralLanes()
                    .add(shifted.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, 23))
                    .viewAsFloatingLanes()
                    .blend(0f, x.compare(VectorOperators.LT, LOWEST));
            e.intoMemorySegment(ALL, scores + 4L * j, ORDER, in);
            sum = sum.add(e, in);
        }
        sum.intoMemorySegment(ALL, sums, ORDER);
    }

    /** Multiplies a row by a factor. */
    static void scale(long row, int length, float factor) {
        for (int j = 0; j < length; j += LANES) {
            VectorMask<Float> in = SPECIES.indexInRange(j, length);
            FloatVector.fromMemorySegment(SPECIES, ALL, row + 4L * j, ORDER, in)
                    .mul(factor)
                    .intoMemorySegment(ALL, row + 4L * j, ORDER, in);
        }
    }

    /** Fills a row with the number at an address. */
    static void repeat(long from, long row, int length) {
        float number = ALL.get(FLOAT, from);
        for (int j = 0; j < length; j++) {
            ALL.set(FLOAT, row + 4L * j, number);
        }
    }
}
