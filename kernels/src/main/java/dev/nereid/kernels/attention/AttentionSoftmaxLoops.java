package dev.nereid.kernels.attention;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector loops of attention's softmax: the exponentials between its two products, {@link #ROWS} rows at a time, because the
 * instructions of one vector depend on each other and those of different rows do not. Bodies are flat and repeated rather
 * than shared: a helper that takes or returns vectors is not always inlined, and then every vector is boxed. Rows are given
 * by their addresses and consist of whole vectors.
 *
 * <p>What rows come to, their highest number or the sum of their weights, is one vector, in which each row has a
 * {@link #QUARTER} of the lanes, all alike. Lanes are put together in an order that does not depend on which of the rows
 * a row is.
 */
final class AttentionSoftmaxLoops {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Rows that are computed at a time. */
    static final int ROWS = AttentionSoftmaxKernel.SIDE_BY_SIDE;

    /** Numbers in a vector. */
    static final int LANES = SPECIES.length();

    private static final int HALF = LANES / 2;
    private static final int QUARTER = LANES / ROWS;

    /** Bytes between the numbers of two rows in a vector that has a quarter for each. */
    static final long QUARTER_BYTES = (long) QUARTER * Float.BYTES;

    private static final VectorMask<Float> UPPER_HALF = lanesWith(HALF);
    private static final VectorMask<Float> ODD_QUARTER = lanesWith(QUARTER);
    private static final VectorShuffle<Float> OTHER_HALF = across(HALF);
    private static final VectorShuffle<Float> OTHER_QUARTER = across(QUARTER);
    private static final VectorShuffle<Float> BY_TWO = across(2);
    private static final VectorShuffle<Float> BY_ONE = across(1);

    /** Below this the exponential is less than the smallest normal number, and counts as zero. */
    private static final float LOWEST = -87.33f;

    private static final float LOG2_E = 1.442695f;

    /** 1.5 * 2^23 + 127: adding it leaves the nearest integer in the low bits of the sum, as the exponent of a float. */
    private static final float ROUNDER = 12583039f;

    private static final int MANTISSA_BITS = 23;

    /** Coefficients of (2^r - 1) / r for |r| <= 1/2: 2^r is good to 1e-7 before it is rounded. */
    private static final float C1 = 0.693147f;

    private static final float C2 = 0.24022242f;
    private static final float C3 = 0.055507336f;
    private static final float C4 = 0.009671513f;
    private static final float C5 = 0.0013264727f;

    private AttentionSoftmaxLoops() {}

    private static VectorMask<Float> lanesWith(int bit) {
        return VectorMask.fromLong(SPECIES, lanes(bit));
    }

    private static long lanes(int bit) {
        long lanes = 0;
        for (int lane = 0; lane < LANES; lane++) {
            lanes |= (lane & bit) != 0 ? 1L << lane : 0;
        }
        return lanes;
    }

    /** Exchanges lanes whose numbers differ by {@code bit}. */
    private static VectorShuffle<Float> across(int bit) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ bit) % LANES);
    }

    /** The highest score of each row. */
    static void highest(long scores, long stride, int vectors, long highs) {
        FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long row1 = scores + stride;
        long row2 = row1 + stride;
        long row3 = row2 + stride;
        for (int i = 0; i < vectors; i++) {
            long at = (long) i * LANES * Float.BYTES;
            FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, ALL, scores + at, ORDER);
            FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, ALL, row1 + at, ORDER);
            FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, ALL, row2 + at, ORDER);
            FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, ALL, row3 + at, ORDER);
            a = a.blend(x0, a.lt(x0));
            b = b.blend(x1, b.lt(x1));
            c = c.blend(x2, c.lt(x2));
            d = d.blend(x3, d.lt(x3));
        }
        FloatVector even = a.blend(c, UPPER_HALF);
        FloatVector evenOther = c.blend(a, UPPER_HALF).rearrange(OTHER_HALF);
        even = even.blend(evenOther, even.lt(evenOther));
        FloatVector odd = b.blend(d, UPPER_HALF);
        FloatVector oddOther = d.blend(b, UPPER_HALF).rearrange(OTHER_HALF);
        odd = odd.blend(oddOther, odd.lt(oddOther));
        FloatVector all = even.blend(odd, ODD_QUARTER);
        FloatVector other = odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER);
        all = all.blend(other, all.lt(other));
        if (QUARTER > 2) {
            other = all.rearrange(BY_TWO);
            all = all.blend(other, all.lt(other));
        }
        if (QUARTER > 1) {
            other = all.rearrange(BY_ONE);
            all = all.blend(other, all.lt(other));
        }
        all.intoMemorySegment(ALL, highs, ORDER);
    }

    /** The highest {@code scale * score + mask} of each row, with a mask for each. */
    static void highest(
            long scores,
            long stride,
            int vectors,
            float scale,
            long mask0,
            long mask1,
            long mask2,
            long mask3,
            long highs) {
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long row1 = scores + stride;
        long row2 = row1 + stride;
        long row3 = row2 + stride;
        for (int i = 0; i < vectors; i++) {
            long at = (long) i * LANES * Float.BYTES;
            FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, ALL, scores + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask0 + at, ORDER));
            FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, ALL, row1 + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask1 + at, ORDER));
            FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, ALL, row2 + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask2 + at, ORDER));
            FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, ALL, row3 + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask3 + at, ORDER));
            a = a.blend(x0, a.lt(x0));
            b = b.blend(x1, b.lt(x1));
            c = c.blend(x2, c.lt(x2));
            d = d.blend(x3, d.lt(x3));
        }
        FloatVector even = a.blend(c, UPPER_HALF);
        FloatVector evenOther = c.blend(a, UPPER_HALF).rearrange(OTHER_HALF);
        even = even.blend(evenOther, even.lt(evenOther));
        FloatVector odd = b.blend(d, UPPER_HALF);
        FloatVector oddOther = d.blend(b, UPPER_HALF).rearrange(OTHER_HALF);
        odd = odd.blend(oddOther, odd.lt(oddOther));
        FloatVector all = even.blend(odd, ODD_QUARTER);
        FloatVector other = odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER);
        all = all.blend(other, all.lt(other));
        if (QUARTER > 2) {
            other = all.rearrange(BY_TWO);
            all = all.blend(other, all.lt(other));
        }
        if (QUARTER > 1) {
            other = all.rearrange(BY_ONE);
            all = all.blend(other, all.lt(other));
        }
        all.intoMemorySegment(ALL, highs, ORDER);
    }

    /**
     * Replaces scores x by {@code exp(scale * x - m)}, with m the highest exponent of the row, to the last bit as with a
     * mask of zeros.
     *
     * @param scale positive
     * @param highs what {@link #highest(long, long, int, long)} found
     * @param factors a vector for the reciprocals of the rows' sums
     */
    static void weights(long scores, long stride, int vectors, float scale, long highs, long factors) {
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        FloatVector m0 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs) * scale);
        FloatVector m1 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs + 1 * QUARTER_BYTES) * scale);
        FloatVector m2 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs + 2 * QUARTER_BYTES) * scale);
        FloatVector m3 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs + 3 * QUARTER_BYTES) * scale);
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long row1 = scores + stride;
        long row2 = row1 + stride;
        long row3 = row2 + stride;
        for (int i = 0; i < vectors; i++) {
            long at = (long) i * LANES * Float.BYTES;
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, ALL, scores + at, ORDER)
                    .mul(factor)
                    .sub(m0);
            FloatVector n0 = v0.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r0 = v0.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n0));
            FloatVector e0 = r0.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r0, FloatVector.broadcast(SPECIES, C3))
                    .fma(r0, FloatVector.broadcast(SPECIES, C2))
                    .fma(r0, FloatVector.broadcast(SPECIES, C1))
                    .fma(r0, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n0.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v0.lt(LOWEST));
            e0.intoMemorySegment(ALL, scores + at, ORDER);
            a = a.add(e0);
            FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, ALL, row1 + at, ORDER)
                    .mul(factor)
                    .sub(m1);
            FloatVector n1 = v1.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r1 = v1.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n1));
            FloatVector e1 = r1.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r1, FloatVector.broadcast(SPECIES, C3))
                    .fma(r1, FloatVector.broadcast(SPECIES, C2))
                    .fma(r1, FloatVector.broadcast(SPECIES, C1))
                    .fma(r1, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n1.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v1.lt(LOWEST));
            e1.intoMemorySegment(ALL, row1 + at, ORDER);
            b = b.add(e1);
            FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, ALL, row2 + at, ORDER)
                    .mul(factor)
                    .sub(m2);
            FloatVector n2 = v2.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r2 = v2.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n2));
            FloatVector e2 = r2.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r2, FloatVector.broadcast(SPECIES, C3))
                    .fma(r2, FloatVector.broadcast(SPECIES, C2))
                    .fma(r2, FloatVector.broadcast(SPECIES, C1))
                    .fma(r2, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n2.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v2.lt(LOWEST));
            e2.intoMemorySegment(ALL, row2 + at, ORDER);
            c = c.add(e2);
            FloatVector v3 = FloatVector.fromMemorySegment(SPECIES, ALL, row3 + at, ORDER)
                    .mul(factor)
                    .sub(m3);
            FloatVector n3 = v3.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r3 = v3.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n3));
            FloatVector e3 = r3.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r3, FloatVector.broadcast(SPECIES, C3))
                    .fma(r3, FloatVector.broadcast(SPECIES, C2))
                    .fma(r3, FloatVector.broadcast(SPECIES, C1))
                    .fma(r3, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n3.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v3.lt(LOWEST));
            e3.intoMemorySegment(ALL, row3 + at, ORDER);
            d = d.add(e3);
        }
        FloatVector even = a.blend(c, UPPER_HALF).add(c.blend(a, UPPER_HALF).rearrange(OTHER_HALF));
        FloatVector odd = b.blend(d, UPPER_HALF).add(d.blend(b, UPPER_HALF).rearrange(OTHER_HALF));
        FloatVector all =
                even.blend(odd, ODD_QUARTER).add(odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER));
        all = QUARTER > 2 ? all.add(all.rearrange(BY_TWO)) : all;
        all = QUARTER > 1 ? all.add(all.rearrange(BY_ONE)) : all;
        FloatVector.broadcast(SPECIES, 1f).div(all).intoMemorySegment(ALL, factors, ORDER);
    }

    /**
     * Replaces scores x by {@code exp(scale * x + mask - m)}, with m the highest exponent of the row.
     *
     * @param highs what {@link #highest(long, long, int, float, long, long, long, long, long)} found
     * @param factors a vector for the reciprocals of the rows' sums
     */
    static void weights(
            long scores,
            long stride,
            int vectors,
            float scale,
            long mask0,
            long mask1,
            long mask2,
            long mask3,
            long highs,
            long factors) {
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        FloatVector m0 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs));
        FloatVector m1 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs + 1 * QUARTER_BYTES));
        FloatVector m2 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs + 2 * QUARTER_BYTES));
        FloatVector m3 = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, highs + 3 * QUARTER_BYTES));
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long row1 = scores + stride;
        long row2 = row1 + stride;
        long row3 = row2 + stride;
        for (int i = 0; i < vectors; i++) {
            long at = (long) i * LANES * Float.BYTES;
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, ALL, scores + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask0 + at, ORDER))
                    .sub(m0);
            FloatVector n0 = v0.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r0 = v0.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n0));
            FloatVector e0 = r0.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r0, FloatVector.broadcast(SPECIES, C3))
                    .fma(r0, FloatVector.broadcast(SPECIES, C2))
                    .fma(r0, FloatVector.broadcast(SPECIES, C1))
                    .fma(r0, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n0.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v0.lt(LOWEST));
            e0.intoMemorySegment(ALL, scores + at, ORDER);
            a = a.add(e0);
            FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, ALL, row1 + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask1 + at, ORDER))
                    .sub(m1);
            FloatVector n1 = v1.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r1 = v1.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n1));
            FloatVector e1 = r1.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r1, FloatVector.broadcast(SPECIES, C3))
                    .fma(r1, FloatVector.broadcast(SPECIES, C2))
                    .fma(r1, FloatVector.broadcast(SPECIES, C1))
                    .fma(r1, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n1.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v1.lt(LOWEST));
            e1.intoMemorySegment(ALL, row1 + at, ORDER);
            b = b.add(e1);
            FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, ALL, row2 + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask2 + at, ORDER))
                    .sub(m2);
            FloatVector n2 = v2.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r2 = v2.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n2));
            FloatVector e2 = r2.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r2, FloatVector.broadcast(SPECIES, C3))
                    .fma(r2, FloatVector.broadcast(SPECIES, C2))
                    .fma(r2, FloatVector.broadcast(SPECIES, C1))
                    .fma(r2, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n2.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v2.lt(LOWEST));
            e2.intoMemorySegment(ALL, row2 + at, ORDER);
            c = c.add(e2);
            FloatVector v3 = FloatVector.fromMemorySegment(SPECIES, ALL, row3 + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, ALL, mask3 + at, ORDER))
                    .sub(m3);
            FloatVector n3 = v3.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector r3 = v3.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, ROUNDER).sub(n3));
            FloatVector e3 = r3.fma(FloatVector.broadcast(SPECIES, C5), FloatVector.broadcast(SPECIES, C4))
                    .fma(r3, FloatVector.broadcast(SPECIES, C3))
                    .fma(r3, FloatVector.broadcast(SPECIES, C2))
                    .fma(r3, FloatVector.broadcast(SPECIES, C1))
                    .fma(r3, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n3.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v3.lt(LOWEST));
            e3.intoMemorySegment(ALL, row3 + at, ORDER);
            d = d.add(e3);
        }
        FloatVector even = a.blend(c, UPPER_HALF).add(c.blend(a, UPPER_HALF).rearrange(OTHER_HALF));
        FloatVector odd = b.blend(d, UPPER_HALF).add(d.blend(b, UPPER_HALF).rearrange(OTHER_HALF));
        FloatVector all =
                even.blend(odd, ODD_QUARTER).add(odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER));
        all = QUARTER > 2 ? all.add(all.rearrange(BY_TWO)) : all;
        all = QUARTER > 1 ? all.add(all.rearrange(BY_ONE)) : all;
        FloatVector.broadcast(SPECIES, 1f).div(all).intoMemorySegment(ALL, factors, ORDER);
    }

    /** Multiplies a row, of any length, by a factor. */
    static void scale(long row, int length, float factor) {
        int bound = SPECIES.loopBound(length);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector.fromMemorySegment(SPECIES, ALL, row + 4L * j, ORDER)
                    .mul(factor)
                    .intoMemorySegment(ALL, row + 4L * j, ORDER);
        }
        for (int j = bound; j < length; j++) {
            ALL.set(FLOAT, row + 4L * j, ALL.get(FLOAT, row + 4L * j) * factor);
        }
    }
}
