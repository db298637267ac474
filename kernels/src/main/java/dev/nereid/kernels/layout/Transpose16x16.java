package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transpose kernel for 4-byte words: tiles of sixteen rows and columns. To shuffle the rows of a square, the first half of
 * them with the second, as a deck of cards is shuffled turns the bits of every word's place by one; 4 times makes rows of
 * columns. The loop is written out, for vectors of an array would lie in memory.
 */
final class Transpose16x16 {
    static final int SIDE = 16;

    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_512;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** The first halves of two vectors, word by word in turns, and the second halves. */
    private static final IntVector LOW = shuffle(0);

    private static final IntVector HIGH = shuffle(SIDE / 2);

    private Transpose16x16() {}

    private static IntVector shuffle(int first) {
        int[] lanes = new int[SIDE];
        for (int lane = 0; lane < SIDE; lane++) {
            lanes[lane] = first + lane / 2 + lane % 2 * SIDE;
        }
        return IntVector.fromArray(SPECIES, lanes, 0);
    }

    /**
     * Transposes x: [rows, columns] to y: [columns, rows], both extents at least {@value #SIDE}. Strides are bytes; the last
     * squares go over words of those before again.
     */
    static void transpose(long rows, long columns, long x, long xStride, long y, long yStride) {
        for (long row = 0; row < rows; row += SIDE) {
            long top = Math.min(row, rows - SIDE);
            strip(columns, x + top * xStride, xStride, y + 4 * top, yStride);
        }
    }

    /** Sixteen rows of x. */
    private static void strip(long columns, long x, long xStride, long y, long yStride) {
        for (long column = 0; column < columns; column += SIDE) {
            long left = Math.min(column, columns - SIDE);
            long from = x + 4 * left;
            long to = y + left * yStride;
            IntVector a0 = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector a1 = IntVector.fromMemorySegment(SPECIES, ALL, from + xStride, ORDER);
            IntVector a2 = IntVector.fromMemorySegment(SPECIES, ALL, from + 2 * xStride, ORDER);
            IntVector a3 = IntVector.fromMemorySegment(SPECIES, ALL, from + 3 * xStride, ORDER);
            IntVector a4 = IntVector.fromMemorySegment(SPECIES, ALL, from + 4 * xStride, ORDER);
            IntVector a5 = IntVector.fromMemorySegment(SPECIES, ALL, from + 5 * xStride, ORDER);
            IntVector a6 = IntVector.fromMemorySegment(SPECIES, ALL, from + 6 * xStride, ORDER);
            IntVector a7 = IntVector.fromMemorySegment(SPECIES, ALL, from + 7 * xStride, ORDER);
            IntVector a8 = IntVector.fromMemorySegment(SPECIES, ALL, from + 8 * xStride, ORDER);
            IntVector a9 = IntVector.fromMemorySegment(SPECIES, ALL, from + 9 * xStride, ORDER);
            IntVector a10 = IntVector.fromMemorySegment(SPECIES, ALL, from + 10 * xStride, ORDER);
            IntVector a11 = IntVector.fromMemorySegment(SPECIES, ALL, from + 11 * xStride, ORDER);
            IntVector a12 = IntVector.fromMemorySegment(SPECIES, ALL, from + 12 * xStride, ORDER);
            IntVector a13 = IntVector.fromMemorySegment(SPECIES, ALL, from + 13 * xStride, ORDER);
            IntVector a14 = IntVector.fromMemorySegment(SPECIES, ALL, from + 14 * xStride, ORDER);
            IntVector a15 = IntVector.fromMemorySegment(SPECIES, ALL, from + 15 * xStride, ORDER);
            IntVector b0 = LOW.selectFrom(a0, a8);
            IntVector b1 = HIGH.selectFrom(a0, a8);
            IntVector b2 = LOW.selectFrom(a1, a9);
            IntVector b3 = HIGH.selectFrom(a1, a9);
            IntVector b4 = LOW.selectFrom(a2, a10);
            IntVector b5 = HIGH.selectFrom(a2, a10);
            IntVector b6 = LOW.selectFrom(a3, a11);
            IntVector b7 = HIGH.selectFrom(a3, a11);
            IntVector b8 = LOW.selectFrom(a4, a12);
            IntVector b9 = HIGH.selectFrom(a4, a12);
            IntVector b10 = LOW.selectFrom(a5, a13);
            IntVector b11 = HIGH.selectFrom(a5, a13);
            IntVector b12 = LOW.selectFrom(a6, a14);
            IntVector b13 = HIGH.selectFrom(a6, a14);
            IntVector b14 = LOW.selectFrom(a7, a15);
            IntVector b15 = HIGH.selectFrom(a7, a15);
            IntVector c0 = LOW.selectFrom(b0, b8);
            IntVector c1 = HIGH.selectFrom(b0, b8);
            IntVector c2 = LOW.selectFrom(b1, b9);
            IntVector c3 = HIGH.selectFrom(b1, b9);
            IntVector c4 = LOW.selectFrom(b2, b10);
            IntVector c5 = HIGH.selectFrom(b2, b10);
            IntVector c6 = LOW.selectFrom(b3, b11);
            IntVector c7 = HIGH.selectFrom(b3, b11);
            IntVector c8 = LOW.selectFrom(b4, b12);
            IntVector c9 = HIGH.selectFrom(b4, b12);
            IntVector c10 = LOW.selectFrom(b5, b13);
            IntVector c11 = HIGH.selectFrom(b5, b13);
            IntVector c12 = LOW.selectFrom(b6, b14);
            IntVector c13 = HIGH.selectFrom(b6, b14);
            IntVector c14 = LOW.selectFrom(b7, b15);
            IntVector c15 = HIGH.selectFrom(b7, b15);
            IntVector d0 = LOW.selectFrom(c0, c8);
            IntVector d1 = HIGH.selectFrom(c0, c8);
            IntVector d2 = LOW.selectFrom(c1, c9);
            IntVector d3 = HIGH.selectFrom(c1, c9);
            IntVector d4 = LOW.selectFrom(c2, c10);
            IntVector d5 = HIGH.selectFrom(c2, c10);
            IntVector d6 = LOW.selectFrom(c3, c11);
            IntVector d7 = HIGH.selectFrom(c3, c11);
            IntVector d8 = LOW.selectFrom(c4, c12);
            IntVector d9 = HIGH.selectFrom(c4, c12);
            IntVector d10 = LOW.selectFrom(c5, c13);
            IntVector d11 = HIGH.selectFrom(c5, c13);
            IntVector d12 = LOW.selectFrom(c6, c14);
            IntVector d13 = HIGH.selectFrom(c6, c14);
            IntVector d14 = LOW.selectFrom(c7, c15);
            IntVector d15 = HIGH.selectFrom(c7, c15);
            IntVector e0 = LOW.selectFrom(d0, d8);
            IntVector e1 = HIGH.selectFrom(d0, d8);
            IntVector e2 = LOW.selectFrom(d1, d9);
            IntVector e3 = HIGH.selectFrom(d1, d9);
            IntVector e4 = LOW.selectFrom(d2, d10);
            IntVector e5 = HIGH.selectFrom(d2, d10);
            IntVector e6 = LOW.selectFrom(d3, d11);
            IntVector e7 = HIGH.selectFrom(d3, d11);
            IntVector e8 = LOW.selectFrom(d4, d12);
            IntVector e9 = HIGH.selectFrom(d4, d12);
            IntVector e10 = LOW.selectFrom(d5, d13);
            IntVector e11 = HIGH.selectFrom(d5, d13);
            IntVector e12 = LOW.selectFrom(d6, d14);
            IntVector e13 = HIGH.selectFrom(d6, d14);
            IntVector e14 = LOW.selectFrom(d7, d15);
            IntVector e15 = HIGH.selectFrom(d7, d15);
            e0.intoMemorySegment(ALL, to, ORDER);
            e1.intoMemorySegment(ALL, to + yStride, ORDER);
            e2.intoMemorySegment(ALL, to + 2 * yStride, ORDER);
            e3.intoMemorySegment(ALL, to + 3 * yStride, ORDER);
            e4.intoMemorySegment(ALL, to + 4 * yStride, ORDER);
            e5.intoMemorySegment(ALL, to + 5 * yStride, ORDER);
            e6.intoMemorySegment(ALL, to + 6 * yStride, ORDER);
            e7.intoMemorySegment(ALL, to + 7 * yStride, ORDER);
            e8.intoMemorySegment(ALL, to + 8 * yStride, ORDER);
            e9.intoMemorySegment(ALL, to + 9 * yStride, ORDER);
            e10.intoMemorySegment(ALL, to + 10 * yStride, ORDER);
            e11.intoMemorySegment(ALL, to + 11 * yStride, ORDER);
            e12.intoMemorySegment(ALL, to + 12 * yStride, ORDER);
            e13.intoMemorySegment(ALL, to + 13 * yStride, ORDER);
            e14.intoMemorySegment(ALL, to + 14 * yStride, ORDER);
            e15.intoMemorySegment(ALL, to + 15 * yStride, ORDER);
        }
    }
}
