package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.elementwise.ExpConstants.B1;
import static dev.nereid.kernels.elementwise.ExpConstants.B2;
import static dev.nereid.kernels.elementwise.ExpConstants.B3;
import static dev.nereid.kernels.elementwise.ExpConstants.B4;
import static dev.nereid.kernels.elementwise.ExpConstants.B5;
import static dev.nereid.kernels.elementwise.ExpConstants.EXPONENT_ROUNDER;
import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.NORMAL_LOW;
import static dev.nereid.kernels.reduce.FourVectors.BY_ONE;
import static dev.nereid.kernels.reduce.FourVectors.BY_TWO;
import static dev.nereid.kernels.reduce.FourVectors.ODD_QUARTER;
import static dev.nereid.kernels.reduce.FourVectors.OTHER_HALF;
import static dev.nereid.kernels.reduce.FourVectors.OTHER_QUARTER;
import static dev.nereid.kernels.reduce.FourVectors.QUARTER;
import static dev.nereid.kernels.reduce.FourVectors.UPPER_HALF;
import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Softmax of rows of at least one vector of 32-bit floats, {@link #ROWS} at a time: the steps of one vector wait for each
 * other, and those of rows side by side do not. A row's sum begins with what is behind its last whole vector, and adds up
 * its lanes in an order that does not depend on which of the rows it is. Far below the greatest number of a row the
 * exponential is exactly zero. Bodies are flat, see {@link dev.nereid.kernels.elementwise.FloatLanes}.
 */
final class SoftmaxRows {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 4;
    private static final VectorShuffle<Float> QUARTER_0 = quarter(0);
    private static final VectorShuffle<Float> QUARTER_1 = quarter(1);
    private static final VectorShuffle<Float> QUARTER_2 = quarter(2);
    private static final VectorShuffle<Float> QUARTER_3 = quarter(3);

    private SoftmaxRows() {}

    /** The first lane of a quarter in every lane. */
    private static VectorShuffle<Float> quarter(int number) {
        return VectorShuffle.fromOp(SPECIES, _ -> number * QUARTER);
    }

    /** Computes y: [rows, length] of x: [rows, length], which may be y. Offsets are in bytes. */
    static void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int rows, int length) {
        long rowBytes = (long) length * Float.BYTES;
        Objects.checkFromIndexSize(xOffset, rows * rowBytes, x.byteSize());
        Objects.checkFromIndexSize(yOffset, rows * rowBytes, y.byteSize());
        long from = x.address() + xOffset;
        long to = y.address() + yOffset;
        for (int row = 0; row < rows; row += ROWS) {
            rows(from + row * rowBytes, to + row * rowBytes, rowBytes, Math.min(ROWS, rows - row), length);
        }
    }

    /** At most {@link #ROWS} rows; the last stands in for those that are missing. */
    private static void rows(long x, long y, long rowBytes, int count, int length) {
        long second = Math.min(1, count - 1) * rowBytes;
        long third = Math.min(2, count - 1) * rowBytes;
        long fourth = (count - 1) * rowBytes;
        rows(
                x,
                x + second,
                x + third,
                x + fourth,
                y,
                y + second,
                y + third,
                y + fourth,
                SPECIES.loopBound(length),
                length,
                count);
    }

    /** What is behind the last whole vector of a row. */
    private static void exponential(long x, long y, float m, int length) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, length);
        FloatVector v =
                FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER, mask).sub(m);
        FloatVector n = v.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER));
        FloatVector r = v.fma(
                FloatVector.broadcast(SPECIES, LOG2_E),
                FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER).sub(n));
        r.fma(FloatVector.broadcast(SPECIES, B5), FloatVector.broadcast(SPECIES, B4))
                .fma(r, FloatVector.broadcast(SPECIES, B3))
                .fma(r, FloatVector.broadcast(SPECIES, B2))
                .fma(r, FloatVector.broadcast(SPECIES, B1))
                .fma(r, FloatVector.broadcast(SPECIES, 1f))
                .mul(n.viewAsIntegralLanes()
                        .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                        .viewAsFloatingLanes())
                .blend(0f, v.lt(NORMAL_LOW))
                .intoMemorySegment(ALL, y, ORDER, mask);
    }

    /**
     * The greatest numbers, then what is behind the whole vectors, which end at {@code bound}, the whole vectors, the sums,
     * and the quotients. Rows that stand in for missing ones are read before they are written.
     *
     * @param count rows that are there
     */
    private static void rows(
            long x0, long x1, long x2, long x3, long y0, long y1, long y2, long y3, int bound, int length, int count) {
        long last = (long) (length - LANES) * Float.BYTES;
        FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, x0 + last, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, x1 + last, ORDER);
        FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, x2 + last, ORDER);
        FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, x3 + last, ORDER);
        for (int i = 0; i < bound; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, ALL, x0 + at, ORDER);
            FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, ALL, x1 + at, ORDER);
            FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, ALL, x2 + at, ORDER);
            FloatVector v3 = FloatVector.fromMemorySegment(SPECIES, ALL, x3 + at, ORDER);
            a = a.blend(v0, a.lt(v0));
            b = b.blend(v1, b.lt(v1));
            c = c.blend(v2, c.lt(v2));
            d = d.blend(v3, d.lt(v3));
        }
        FloatVector even = a.blend(c, UPPER_HALF);
        FloatVector other = c.blend(a, UPPER_HALF).rearrange(OTHER_HALF);
        even = even.blend(other, even.lt(other));
        FloatVector odd = b.blend(d, UPPER_HALF);
        other = d.blend(b, UPPER_HALF).rearrange(OTHER_HALF);
        odd = odd.blend(other, odd.lt(other));
        FloatVector all = even.blend(odd, ODD_QUARTER);
        other = odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER);
        all = all.blend(other, all.lt(other));
        if (QUARTER > 2) {
            other = all.rearrange(BY_TWO);
            all = all.blend(other, all.lt(other));
        }
        if (QUARTER > 1) {
            other = all.rearrange(BY_ONE);
            all = all.blend(other, all.lt(other));
        }
        FloatVector m0 = all.rearrange(QUARTER_0);
        FloatVector m1 = all.rearrange(QUARTER_1);
        FloatVector m2 = all.rearrange(QUARTER_2);
        FloatVector m3 = all.rearrange(QUARTER_3);
        a = FloatVector.zero(SPECIES);
        b = a;
        c = a;
        d = a;
        if (bound < length) {
            long behind = (long) bound * Float.BYTES;
            exponential(x0 + behind, y0 + behind, m0.lane(0), length - bound);
            if (count > 1) {
                exponential(x1 + behind, y1 + behind, m1.lane(0), length - bound);
            }
            if (count > 2) {
                exponential(x2 + behind, y2 + behind, m2.lane(0), length - bound);
            }
            if (count > 3) {
                exponential(x3 + behind, y3 + behind, m3.lane(0), length - bound);
            }
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            a = FloatVector.fromMemorySegment(SPECIES, ALL, y0 + behind, ORDER, mask);
            b = FloatVector.fromMemorySegment(SPECIES, ALL, y1 + behind, ORDER, mask);
            c = FloatVector.fromMemorySegment(SPECIES, ALL, y2 + behind, ORDER, mask);
            d = FloatVector.fromMemorySegment(SPECIES, ALL, y3 + behind, ORDER, mask);
        }
        for (int i = 0; i < bound; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector v0 =
                    FloatVector.fromMemorySegment(SPECIES, ALL, x0 + at, ORDER).sub(m0);
            FloatVector v1 =
                    FloatVector.fromMemorySegment(SPECIES, ALL, x1 + at, ORDER).sub(m1);
            FloatVector v2 =
                    FloatVector.fromMemorySegment(SPECIES, ALL, x2 + at, ORDER).sub(m2);
            FloatVector v3 =
                    FloatVector.fromMemorySegment(SPECIES, ALL, x3 + at, ORDER).sub(m3);
            FloatVector n0 =
                    v0.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER));
            FloatVector r0 = v0.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER).sub(n0));
            FloatVector e0 = r0.fma(FloatVector.broadcast(SPECIES, B5), FloatVector.broadcast(SPECIES, B4))
                    .fma(r0, FloatVector.broadcast(SPECIES, B3))
                    .fma(r0, FloatVector.broadcast(SPECIES, B2))
                    .fma(r0, FloatVector.broadcast(SPECIES, B1))
                    .fma(r0, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n0.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v0.lt(NORMAL_LOW));
            e0.intoMemorySegment(ALL, y0 + at, ORDER);
            a = a.add(e0);
            FloatVector n1 =
                    v1.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER));
            FloatVector r1 = v1.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER).sub(n1));
            FloatVector e1 = r1.fma(FloatVector.broadcast(SPECIES, B5), FloatVector.broadcast(SPECIES, B4))
                    .fma(r1, FloatVector.broadcast(SPECIES, B3))
                    .fma(r1, FloatVector.broadcast(SPECIES, B2))
                    .fma(r1, FloatVector.broadcast(SPECIES, B1))
                    .fma(r1, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n1.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v1.lt(NORMAL_LOW));
            e1.intoMemorySegment(ALL, y1 + at, ORDER);
            b = b.add(e1);
            FloatVector n2 =
                    v2.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER));
            FloatVector r2 = v2.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER).sub(n2));
            FloatVector e2 = r2.fma(FloatVector.broadcast(SPECIES, B5), FloatVector.broadcast(SPECIES, B4))
                    .fma(r2, FloatVector.broadcast(SPECIES, B3))
                    .fma(r2, FloatVector.broadcast(SPECIES, B2))
                    .fma(r2, FloatVector.broadcast(SPECIES, B1))
                    .fma(r2, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n2.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v2.lt(NORMAL_LOW));
            e2.intoMemorySegment(ALL, y2 + at, ORDER);
            c = c.add(e2);
            FloatVector n3 =
                    v3.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER));
            FloatVector r3 = v3.fma(
                    FloatVector.broadcast(SPECIES, LOG2_E),
                    FloatVector.broadcast(SPECIES, EXPONENT_ROUNDER).sub(n3));
            FloatVector e3 = r3.fma(FloatVector.broadcast(SPECIES, B5), FloatVector.broadcast(SPECIES, B4))
                    .fma(r3, FloatVector.broadcast(SPECIES, B3))
                    .fma(r3, FloatVector.broadcast(SPECIES, B2))
                    .fma(r3, FloatVector.broadcast(SPECIES, B1))
                    .fma(r3, FloatVector.broadcast(SPECIES, 1f))
                    .mul(n3.viewAsIntegralLanes()
                            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                            .viewAsFloatingLanes())
                    .blend(0f, v3.lt(NORMAL_LOW));
            e3.intoMemorySegment(ALL, y3 + at, ORDER);
            d = d.add(e3);
        }
        even = a.blend(c, UPPER_HALF).add(c.blend(a, UPPER_HALF).rearrange(OTHER_HALF));
        odd = b.blend(d, UPPER_HALF).add(d.blend(b, UPPER_HALF).rearrange(OTHER_HALF));
        all = even.blend(odd, ODD_QUARTER).add(odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER));
        all = QUARTER > 2 ? all.add(all.rearrange(BY_TWO)) : all;
        all = QUARTER > 1 ? all.add(all.rearrange(BY_ONE)) : all;
        FloatVector factors = FloatVector.broadcast(SPECIES, 1f).div(all);
        scale(y0, bound, length, factors.lane(0));
        if (count > 1) {
            scale(y1, bound, length, factors.lane(QUARTER));
        }
        if (count > 2) {
            scale(y2, bound, length, factors.lane(2 * QUARTER));
        }
        if (count > 3) {
            scale(y3, bound, length, factors.lane(3 * QUARTER));
        }
    }

    private static void scale(long y, int bound, int length, float factor) {
        for (int i = 0; i < bound; i += LANES) {
            FloatVector.fromMemorySegment(SPECIES, ALL, y + 4L * i, ORDER)
                    .mul(factor)
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector.fromMemorySegment(SPECIES, ALL, y + 4L * bound, ORDER, mask)
                    .mul(factor)
                    .intoMemorySegment(ALL, y + 4L * bound, ORDER, mask);
        }
    }
}
