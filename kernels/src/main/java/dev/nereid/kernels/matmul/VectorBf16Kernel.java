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
 * Products with panels of pairs of bf16, on any CPU: a bf16 is the upper half of the float that it stands for, so a shift
 * and a mask widen a vector of pairs to two vectors of floats in registers.
 */
final class VectorBf16Kernel implements PanelKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final int LANES = FLOATS.length();
    private static final long VECTOR = LANES * 4L;

    /** The second of a pair, as a float. */
    private static final int SECOND = 0xffff_0000;

    /** Pairs of a panel that stay in the L1 cache while all rows pass; does not change a bit of the result. */
    private static final int BLOCK = 128;

    @Override
    public int panelColumns() {
        return 2 * LANES;
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void run(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        if (s != c) {
            for (int row = 0; row < rows; row++) {
                clear(c + 4L * row * cStride, columns);
            }
        }
        boolean wide = columns > LANES;
        long bRow = (wide ? 2 : 1) * VECTOR;
        VectorMask<Float> last = FLOATS.indexInRange(wide ? LANES : 0, columns);
        for (int run = 0; run < runs; run++) {
            for (int from = 0; from < k; from += BLOCK) {
                int length = Math.min(BLOCK, k - from);
                long left = a + 4 * (run * runStride + from);
                long right = b + ((long) run * k + from) * bRow;
                if (wide) {
                    wideBlock(rows, length, left, 4 * aStride, right, c, 4 * cStride, last);
                } else {
                    narrowBlock(rows, length, left, 4 * aStride, right, c, 4 * cStride, last);
                }
            }
        }
        if (s != 0 && s != c) {
            for (int row = 0; row < rows; row++) {
                VectorEpilogue.add(c + 4L * row * cStride, s + 4L * row * sRow, columns);
            }
        }
        if (!clamp.equals(Clamp.NONE)) {
            for (int row = 0; row < rows; row++) {
                VectorEpilogue.clip(c + 4L * row * cStride, columns, clamp.low(), clamp.high());
            }
        }
    }

    private static void clear(long c, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(j, columns);
            FloatVector.zero(FLOATS).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
        }
    }

    private static void wideBlock(
            int rows, int k, long a, long aStride, long b, long c, long cStride, VectorMask<Float> last) {
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            fourRowsOfTwo(k, a + row * aStride, aStride, b, c + row * cStride, cStride, last);
        }
        for (; row < rows; row++) {
            rowOfTwo(k, a + row * aStride, b, c + row * cStride, last);
        }
    }

    private static void narrowBlock(
            int rows, int k, long a, long aStride, long b, long c, long cStride, VectorMask<Float> last) {
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            fourRowsOfOne(k, a + row * aStride, aStride, b, c + row * cStride, cStride, last);
        }
        for (; row < rows; row++) {
            rowOfOne(k, a + row * aStride, b, c + row * cStride, last);
        }
    }

    /** Adds to four rows of two vectors; strides are in bytes. */
    private static void fourRowsOfTwo(
            int k, long a0, long aStride, long b, long c0, long cStride, VectorMask<Float> last) {
        a0 &= BITS;
        b &= BITS;
        c0 &= BITS;
        long a1 = (a0 + aStride) & BITS;
        long a2 = (a1 + aStride) & BITS;
        long a3 = (a2 + aStride) & BITS;
        long c1 = (c0 + cStride) & BITS;
        long c2 = (c1 + cStride) & BITS;
        long c3 = (c2 + cStride) & BITS;
        FloatVector s00 = FloatVector.fromMemorySegment(FLOATS, ALL, c0, ORDER);
        FloatVector s01 = FloatVector.fromMemorySegment(FLOATS, ALL, c0 + VECTOR, ORDER, last);
        FloatVector s10 = FloatVector.fromMemorySegment(FLOATS, ALL, c1, ORDER);
        FloatVector s11 = FloatVector.fromMemorySegment(FLOATS, ALL, c1 + VECTOR, ORDER, last);
        FloatVector s20 = FloatVector.fromMemorySegment(FLOATS, ALL, c2, ORDER);
        FloatVector s21 = FloatVector.fromMemorySegment(FLOATS, ALL, c2 + VECTOR, ORDER, last);
        FloatVector s30 = FloatVector.fromMemorySegment(FLOATS, ALL, c3, ORDER);
        FloatVector s31 = FloatVector.fromMemorySegment(FLOATS, ALL, c3 + VECTOR, ORDER, last);
        for (int p = 0; p < k; p++) {
            IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, b + 2 * VECTOR * p, ORDER);
            IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, b + 2 * VECTOR * p + VECTOR, ORDER);
            FloatVector second0 = pairs0.and(SECOND).reinterpretAsFloats();
            FloatVector second1 = pairs1.and(SECOND).reinterpretAsFloats();
            FloatVector first0 = pairs0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector first1 = pairs1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            int pair = ALL.get(INT, a0 + 4L * p);
            FloatVector factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & SECOND));
            s00 = factor.fma(second0, s00);
            s01 = factor.fma(second1, s01);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
            s00 = factor.fma(first0, s00);
            s01 = factor.fma(first1, s01);
            pair = ALL.get(INT, a1 + 4L * p);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & SECOND));
            s10 = factor.fma(second0, s10);
            s11 = factor.fma(second1, s11);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
            s10 = factor.fma(first0, s10);
            s11 = factor.fma(first1, s11);
            pair = ALL.get(INT, a2 + 4L * p);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & SECOND));
            s20 = factor.fma(second0, s20);
            s21 = factor.fma(second1, s21);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
            s20 = factor.fma(first0, s20);
            s21 = factor.fma(first1, s21);
            pair = ALL.get(INT, a3 + 4L * p);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & SECOND));
            s30 = factor.fma(second0, s30);
            s31 = factor.fma(second1, s31);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
            s30 = factor.fma(first0, s30);
            s31 = factor.fma(first1, s31);
        }
        s00.intoMemorySegment(ALL, c0, ORDER);
        s01.intoMemorySegment(ALL, c0 + VECTOR, ORDER, last);
        s10.intoMemorySegment(ALL, c1, ORDER);
        s11.intoMemorySegment(ALL, c1 + VECTOR, ORDER, last);
        s20.intoMemorySegment(ALL, c2, ORDER);
        s21.intoMemorySegment(ALL, c2 + VECTOR, ORDER, last);
        s30.intoMemorySegment(ALL, c3, ORDER);
        s31.intoMemorySegment(ALL, c3 + VECTOR, ORDER, last);
    }

    private static void fourRowsOfOne(
            int k, long a0, long aStride, long b, long c0, long cStride, VectorMask<Float> last) {
        a0 &= BITS;
        b &= BITS;
        c0 &= BITS;
        long a1 = (a0 + aStride) & BITS;
        long a2 = (a1 + aStride) & BITS;
        long a3 = (a2 + aStride) & BITS;
        long c1 = (c0 + cStride) & BITS;
        long c2 = (c1 + cStride) & BITS;
        long c3 = (c2 + cStride) & BITS;
        FloatVector s0 = FloatVector.fromMemorySegment(FLOATS, ALL, c0, ORDER, last);
        FloatVector s1 = FloatVector.fromMemorySegment(FLOATS, ALL, c1, ORDER, last);
        FloatVector s2 = FloatVector.fromMemorySegment(FLOATS, ALL, c2, ORDER, last);
        FloatVector s3 = FloatVector.fromMemorySegment(FLOATS, ALL, c3, ORDER, last);
        for (int p = 0; p < k; p++) {
            IntVector pairs = IntVector.fromMemorySegment(INTS, ALL, b + VECTOR * p, ORDER);
            FloatVector second = pairs.and(SECOND).reinterpretAsFloats();
            FloatVector first = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            int pair0 = ALL.get(INT, a0 + 4L * p);
            int pair1 = ALL.get(INT, a1 + 4L * p);
            int pair2 = ALL.get(INT, a2 + 4L * p);
            int pair3 = ALL.get(INT, a3 + 4L * p);
            s0 = second.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair0 & SECOND)), s0);
            s1 = second.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair1 & SECOND)), s1);
            s2 = second.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair2 & SECOND)), s2);
            s3 = second.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair3 & SECOND)), s3);
            s0 = first.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair0 << 16)), s0);
            s1 = first.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair1 << 16)), s1);
            s2 = first.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair2 << 16)), s2);
            s3 = first.fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair3 << 16)), s3);
        }
        s0.intoMemorySegment(ALL, c0, ORDER, last);
        s1.intoMemorySegment(ALL, c1, ORDER, last);
        s2.intoMemorySegment(ALL, c2, ORDER, last);
        s3.intoMemorySegment(ALL, c3, ORDER, last);
    }

    private static void rowOfTwo(int k, long a, long b, long c, VectorMask<Float> last) {
        FloatVector s0 = FloatVector.fromMemorySegment(FLOATS, ALL, c, ORDER);
        FloatVector s1 = FloatVector.fromMemorySegment(FLOATS, ALL, c + VECTOR, ORDER, last);
        for (int p = 0; p < k; p++) {
            IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, b + 2 * VECTOR * p, ORDER);
            IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, b + 2 * VECTOR * p + VECTOR, ORDER);
            int pair = ALL.get(INT, a + 4L * p);
            FloatVector factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & SECOND));
            s0 = factor.fma(pairs0.and(SECOND).reinterpretAsFloats(), s0);
            s1 = factor.fma(pairs1.and(SECOND).reinterpretAsFloats(), s1);
            factor = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
            s0 = factor.fma(pairs0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s0);
            s1 = factor.fma(pairs1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s1);
        }
        s0.intoMemorySegment(ALL, c, ORDER);
        s1.intoMemorySegment(ALL, c + VECTOR, ORDER, last);
    }

    private static void rowOfOne(int k, long a, long b, long c, VectorMask<Float> last) {
        FloatVector s = FloatVector.fromMemorySegment(FLOATS, ALL, c, ORDER, last);
        for (int p = 0; p < k; p++) {
            IntVector pairs = IntVector.fromMemorySegment(INTS, ALL, b + VECTOR * p, ORDER);
            int pair = ALL.get(INT, a + 4L * p);
            FloatVector second = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & SECOND));
            FloatVector first = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
            s = second.fma(pairs.and(SECOND).reinterpretAsFloats(), s);
            s = first.fma(pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s);
        }
        s.intoMemorySegment(ALL, c, ORDER, last);
    }
}
