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
     * Replaces a row of {@code length} scores x by {@code exp(scale * x + mask - m)}, with m the highest exponent, and the
     * rest of its last vector by zeros. The sum of the results is left as one number a lane for {@link #total}: how a
     * vector adds up its own lanes depends on which compiler saw the loop.
     */
    static void weights(long scores, int length, float scale, long mask, long sums) {
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int j = 0;
        for (; j <= length - LANES; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask + 4L * j, ORDER));
            x.intoMemorySegment(ALL, scores + 4L * j, ORDER);
            highest = highest.max(x);
        }
        if (j < length) {
            VectorMask<Float> in = SPECIES.indexInRange(j, length);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER, in)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask + 4L * j, ORDER, in))
                    .blend(Float.NEGATIVE_INFINITY, in.not());
            x.intoMemorySegment(ALL, scores + 4L * j, ORDER);
            highest = highest.max(x);
        }
        exponentials(scores, length, highest.reduceLanes(VectorOperators.MAX), sums);
    }

    /** As above, without a mask. */
    static void weights(long scores, int length, float scale, long sums) {
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int j = 0;
        for (; j <= length - LANES; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER)
                    .mul(scale);
            x.intoMemorySegment(ALL, scores + 4L * j, ORDER);
            highest = highest.max(x);
        }
        if (j < length) {
            VectorMask<Float> in = SPECIES.indexInRange(j, length);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER, in)
                    .mul(scale)
                    .blend(Float.NEGATIVE_INFINITY, in.not());
            x.intoMemorySegment(ALL, scores + 4L * j, ORDER);
            highest = highest.max(x);
        }
        exponentials(scores, length, highest.reduceLanes(VectorOperators.MAX), sums);
    }

    private static void exponentials(long scores, int length, float highest, long sums) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int j = 0; j < length; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, scores + 4L * j, ORDER)
                    .sub(highest);
            FloatVector z = x.max(LOWEST);
            FloatVector shifted =
                    z.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector n = shifted.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), z);
            r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
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
            e.intoMemorySegment(ALL, scores + 4L * j, ORDER);
            sum = sum.add(e);
        }
        sum.intoMemorySegment(ALL, sums, ORDER);
    }

    /** The lanes of a sum, added up in order. */
    static float total(long sums) {
        float total = 0;
        for (int lane = 0; lane < LANES; lane++) {
            total += ALL.get(FLOAT, sums + 4L * lane);
        }
        return total;
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
