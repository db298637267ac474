package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;
import static dev.nereid.memory.AddressSpace.BITS;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products with panels of int8 weights. Four weights of a column that follow each other in k make a quad of four bytes, the
 * first in the lowest, so that one vector of ints brings 64 bytes of weights and shifts spread them over four vectors of
 * floats, on any CPU. Zeros complete the last quad.
 */
final class VectorInt8Weights {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int LANES = FLOATS.length();
    private static final long VECTOR = LANES * 4L;

    /** Weights in a quad. */
    static final int QUAD = 4;

    /** Columns of a panel: the sums of one row must not wait for each other. */
    static final int COLUMNS = 4 * LANES;

    /** Bytes of a row of quads of a panel. */
    private static final long PANEL_ROW = 4 * VECTOR;

    /** What the largest magnitude of a column becomes. */
    private static final float LARGEST = 127;

    /** Added to a small number and taken off again, leaves a whole one: the nearest, ties to even. */
    private static final float WHOLE = 0x1.8p23f;

    private static final int BYTE = 0xff;

    private VectorInt8Weights() {}

    /** Bytes of a panel of k rows. */
    static long panelBytes(int k) {
        return Math.ceilDiv(k, QUAD) * PANEL_ROW;
    }

    /**
     * Quantises a panel.
     *
     * @param k rows; those that complete the last quad are there too, as zeros
     * @param from address of [k, {@link #COLUMNS}] floats
     */
    static void packPanel(int k, long from, long panel, long scales) {
        int quads = Math.ceilDiv(k, QUAD);
        for (long at = 0; at < PANEL_ROW; at += VECTOR) {
            packColumns(quads, from + at, panel + at, scales + at);
        }
    }

    private static void packColumns(int quads, long from, long to, long scales) {
        FloatVector largest = FloatVector.zero(FLOATS);
        for (int p = 0; p < QUAD * quads; p++) {
            largest = largest.max(FloatVector.fromMemorySegment(FLOATS, ALL, from + PANEL_ROW * p, ORDER)
                    .abs());
        }
        // A subnormal scale would have too few bits left to divide by.
        FloatVector exact = largest.div(LARGEST);
        FloatVector scale = exact.blend(0f, exact.compare(VectorOperators.LT, Float.MIN_NORMAL));
        scale.intoMemorySegment(ALL, scales, ORDER);
        VectorMask<Float> zero = scale.compare(VectorOperators.EQ, 0f);
        for (int p = 0; p < quads; p++) {
            FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, ALL, from + PANEL_ROW * (0 + 4L * p), ORDER)
                    .div(scale)
                    .add(WHOLE)
                    .sub(WHOLE)
                    .blend(0f, zero);
            FloatVector w1 = FloatVector.fromMemorySegment(FLOATS, ALL, from + PANEL_ROW * (1 + 4L * p), ORDER)
                    .div(scale)
                    .add(WHOLE)
                    .sub(WHOLE)
                    .blend(0f, zero);
            FloatVector w2 = FloatVector.fromMemorySegment(FLOATS, ALL, from + PANEL_ROW * (2 + 4L * p), ORDER)
                    .div(scale)
                    .add(WHOLE)
                    .sub(WHOLE)
                    .blend(0f, zero);
            FloatVector w3 = FloatVector.fromMemorySegment(FLOATS, ALL, from + PANEL_ROW * (3 + 4L * p), ORDER)
                    .div(scale)
                    .add(WHOLE)
                    .sub(WHOLE)
                    .blend(0f, zero);
            IntVector i0 = (IntVector) w0.convert(VectorOperators.F2I, 0);
            IntVector i1 = (IntVector) w1.convert(VectorOperators.F2I, 0);
            IntVector i2 = (IntVector) w2.convert(VectorOperators.F2I, 0);
            IntVector i3 = (IntVector) w3.convert(VectorOperators.F2I, 0);
            i0.and(BYTE)
                    .or(i1.and(BYTE).lanewise(VectorOperators.LSHL, 8))
                    .or(i2.and(BYTE).lanewise(VectorOperators.LSHL, 16))
                    .or(i3.lanewise(VectorOperators.LSHL, 24))
                    .intoMemorySegment(ALL, to + PANEL_ROW * p, ORDER);
        }
    }

    /**
     * Computes {@code c[r, j] = scales[j] * sum over p of a[r, p] * b[p, j]} for a panel; addresses, strides in bytes.
     *
     * @param columns columns of c: at most {@link #COLUMNS}
     * @param k elements of a row of a
     */
    static void run(int rows, int columns, int k, long a, long aStride, long b, long scales, long c, long cStride) {
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            fourRowsOfTwo(k, a + row * aStride, aStride, b, scales, c + row * cStride, cStride, columns);
            if (columns > 2 * LANES) {
                fourRowsOfTwo(
                        k,
                        a + row * aStride,
                        aStride,
                        b + 2 * VECTOR,
                        scales + 2 * VECTOR,
                        c + row * cStride + 2 * VECTOR,
                        cStride,
                        columns - 2 * LANES);
            }
        }
        for (; row < rows; row++) {
            rowOfFour(k, a + row * aStride, b, scales, c + row * cStride, columns);
        }
    }

    // Masks are made where they are used: handed over, each call would bring them in boxes.

    private static void rowOfFour(int k, long a, long b, long scales, long c, int columns) {
        a &= BITS;
        b &= BITS;
        scales &= BITS;
        c &= BITS;
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = FloatVector.zero(FLOATS);
        FloatVector s2 = FloatVector.zero(FLOATS);
        FloatVector s3 = FloatVector.zero(FLOATS);
        int quads = k / QUAD;
        for (int p = 0; p < quads; p++) {
            IntVector quad0 = IntVector.fromMemorySegment(INTS, ALL, b + PANEL_ROW * p + 0 * VECTOR, ORDER);
            IntVector quad1 = IntVector.fromMemorySegment(INTS, ALL, b + PANEL_ROW * p + 1 * VECTOR, ORDER);
            IntVector quad2 = IntVector.fromMemorySegment(INTS, ALL, b + PANEL_ROW * p + 2 * VECTOR, ORDER);
            IntVector quad3 = IntVector.fromMemorySegment(INTS, ALL, b + PANEL_ROW * p + 3 * VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 16L * p + 0));
            FloatVector w00 = (FloatVector) quad0.lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s0 = x0.fma(w00, s0);
            FloatVector w01 = (FloatVector) quad1.lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s1 = x0.fma(w01, s1);
            FloatVector w02 = (FloatVector) quad2.lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s2 = x0.fma(w02, s2);
            FloatVector w03 = (FloatVector) quad3.lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s3 = x0.fma(w03, s3);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 16L * p + 4));
            FloatVector w10 = (FloatVector) quad0.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s0 = x1.fma(w10, s0);
            FloatVector w11 = (FloatVector) quad1.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s1 = x1.fma(w11, s1);
            FloatVector w12 = (FloatVector) quad2.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s2 = x1.fma(w12, s2);
            FloatVector w13 = (FloatVector) quad3.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s3 = x1.fma(w13, s3);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 16L * p + 8));
            FloatVector w20 = (FloatVector) quad0.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s0 = x2.fma(w20, s0);
            FloatVector w21 = (FloatVector) quad1.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s1 = x2.fma(w21, s1);
            FloatVector w22 = (FloatVector) quad2.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s2 = x2.fma(w22, s2);
            FloatVector w23 = (FloatVector) quad3.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s3 = x2.fma(w23, s3);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 16L * p + 12));
            FloatVector w30 =
                    (FloatVector) quad0.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
            s0 = x3.fma(w30, s0);
            FloatVector w31 =
                    (FloatVector) quad1.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
            s1 = x3.fma(w31, s1);
            FloatVector w32 =
                    (FloatVector) quad2.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
            s2 = x3.fma(w32, s2);
            FloatVector w33 =
                    (FloatVector) quad3.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
            s3 = x3.fma(w33, s3);
        }
        for (int p = quads * QUAD; p < k; p++) {
            FloatVector x = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 4L * p));
            int left = 24 - 8 * (p % QUAD);
            long row = b + PANEL_ROW * quads;
            FloatVector w0 = (FloatVector) IntVector.fromMemorySegment(INTS, ALL, row + 0 * VECTOR, ORDER)
                    .lanewise(VectorOperators.LSHL, left)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s0 = x.fma(w0, s0);
            FloatVector w1 = (FloatVector) IntVector.fromMemorySegment(INTS, ALL, row + 1 * VECTOR, ORDER)
                    .lanewise(VectorOperators.LSHL, left)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s1 = x.fma(w1, s1);
            FloatVector w2 = (FloatVector) IntVector.fromMemorySegment(INTS, ALL, row + 2 * VECTOR, ORDER)
                    .lanewise(VectorOperators.LSHL, left)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s2 = x.fma(w2, s2);
            FloatVector w3 = (FloatVector) IntVector.fromMemorySegment(INTS, ALL, row + 3 * VECTOR, ORDER)
                    .lanewise(VectorOperators.LSHL, left)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            s3 = x.fma(w3, s3);
        }
        VectorMask<Float> m0 = FLOATS.indexInRange(0, columns);
        VectorMask<Float> m1 = FLOATS.indexInRange(LANES, columns);
        VectorMask<Float> m2 = FLOATS.indexInRange(2 * LANES, columns);
        VectorMask<Float> m3 = FLOATS.indexInRange(3 * LANES, columns);
        s0.mul(FloatVector.fromMemorySegment(FLOATS, ALL, scales, ORDER)).intoMemorySegment(ALL, c, ORDER, m0);
        s1.mul(FloatVector.fromMemorySegment(FLOATS, ALL, scales + VECTOR, ORDER))
                .intoMemorySegment(ALL, c + VECTOR, ORDER, m1);
        s2.mul(FloatVector.fromMemorySegment(FLOATS, ALL, scales + 2 * VECTOR, ORDER))
                .intoMemorySegment(ALL, c + 2 * VECTOR, ORDER, m2);
        s3.mul(FloatVector.fromMemorySegment(FLOATS, ALL, scales + 3 * VECTOR, ORDER))
                .intoMemorySegment(ALL, c + 3 * VECTOR, ORDER, m3);
    }

    // One weight of the quads a turn, though it reads them four times: a loop of all four is more than the compiler
    // makes well
    // every time.
    private static void fourRowsOfTwo(
            int k, long a0, long aStride, long b, long scales, long c0, long cStride, int columns) {
        a0 &= BITS;
        b &= BITS;
        scales &= BITS;
        c0 &= BITS;
        long a1 = (a0 + aStride) & BITS;
        long a2 = (a1 + aStride) & BITS;
        long a3 = (a2 + aStride) & BITS;
        long c1 = (c0 + cStride) & BITS;
        long c2 = (c1 + cStride) & BITS;
        long c3 = (c2 + cStride) & BITS;
        FloatVector s00 = FloatVector.zero(FLOATS);
        FloatVector s01 = FloatVector.zero(FLOATS);
        FloatVector s10 = FloatVector.zero(FLOATS);
        FloatVector s11 = FloatVector.zero(FLOATS);
        FloatVector s20 = FloatVector.zero(FLOATS);
        FloatVector s21 = FloatVector.zero(FLOATS);
        FloatVector s30 = FloatVector.zero(FLOATS);
        FloatVector s31 = FloatVector.zero(FLOATS);
        for (int p = 0; p < k; p++) {
            int left = 24 - 8 * (p % QUAD);
            long quads = b + PANEL_ROW * (p / QUAD);
            FloatVector w0 = (FloatVector) IntVector.fromMemorySegment(INTS, ALL, quads, ORDER)
                    .lanewise(VectorOperators.LSHL, left)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            FloatVector w1 = (FloatVector) IntVector.fromMemorySegment(INTS, ALL, quads + VECTOR, ORDER)
                    .lanewise(VectorOperators.LSHL, left)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + 4L * p));
            s00 = x0.fma(w0, s00);
            s01 = x0.fma(w1, s01);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + 4L * p));
            s10 = x1.fma(w0, s10);
            s11 = x1.fma(w1, s11);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a2 + 4L * p));
            s20 = x2.fma(w0, s20);
            s21 = x2.fma(w1, s21);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a3 + 4L * p));
            s30 = x3.fma(w0, s30);
            s31 = x3.fma(w1, s31);
        }
        VectorMask<Float> m0 = FLOATS.indexInRange(0, columns);
        VectorMask<Float> m1 = FLOATS.indexInRange(LANES, columns);
        FloatVector scale0 = FloatVector.fromMemorySegment(FLOATS, ALL, scales, ORDER);
        FloatVector scale1 = FloatVector.fromMemorySegment(FLOATS, ALL, scales + VECTOR, ORDER);
        s00.mul(scale0).intoMemorySegment(ALL, c0, ORDER, m0);
        s01.mul(scale1).intoMemorySegment(ALL, c0 + VECTOR, ORDER, m1);
        s10.mul(scale0).intoMemorySegment(ALL, c1, ORDER, m0);
        s11.mul(scale1).intoMemorySegment(ALL, c1 + VECTOR, ORDER, m1);
        s20.mul(scale0).intoMemorySegment(ALL, c2, ORDER, m0);
        s21.mul(scale1).intoMemorySegment(ALL, c2 + VECTOR, ORDER, m1);
        s30.mul(scale0).intoMemorySegment(ALL, c3, ORDER, m0);
        s31.mul(scale1).intoMemorySegment(ALL, c3 + VECTOR, ORDER, m1);
    }
}
