package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transpose kernel for 4-byte words: tiles of eight rows and columns. To shuffle the rows of a square, the first half of
 * them with the second, as a deck of cards is shuffled turns the bits of every word's place by one; 3 times makes rows of
 * columns. The loop is written out, for vectors of an array would lie in memory.
 */
final class Transpose8x8 {
    static final int SIDE = 8;

    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_256;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** The first halves of two vectors, word by word in turns, and the second halves. */
    private static final IntVector LOW = shuffle(0);

    private static final IntVector HIGH = shuffle(SIDE / 2);

    private Transpose8x8() {}

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

    /** Eight rows of x. */
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
            IntVector b0 = LOW.selectFrom(a0, a4);
            IntVector b1 = HIGH.selectFrom(a0, a4);
            IntVector b2 = LOW.selectFrom(a1, a5);
            IntVector b3 = HIGH.selectFrom(a1, a5);
            IntVector b4 = LOW.selectFrom(a2, a6);
            IntVector b5 = HIGH.selectFrom(a2, a6);
            IntVector b6 = LOW.selectFrom(a3, a7);
            IntVector b7 = HIGH.selectFrom(a3, a7);
            IntVector c0 = LOW.selectFrom(b0, b4);
            IntVector c1 = HIGH.selectFrom(b0, b4);
            IntVector c2 = LOW.selectFrom(b1, b5);
            IntVector c3 = HIGH.selectFrom(b1, b5);
            IntVector c4 = LOW.selectFrom(b2, b6);
            IntVector c5 = HIGH.selectFrom(b2, b6);
            IntVector c6 = LOW.selectFrom(b3, b7);
            IntVector c7 = HIGH.selectFrom(b3, b7);
            IntVector d0 = LOW.selectFrom(c0, c4);
            IntVector d1 = HIGH.selectFrom(c0, c4);
            IntVector d2 = LOW.selectFrom(c1, c5);
            IntVector d3 = HIGH.selectFrom(c1, c5);
            IntVector d4 = LOW.selectFrom(c2, c6);
            IntVector d5 = HIGH.selectFrom(c2, c6);
            IntVector d6 = LOW.selectFrom(c3, c7);
            IntVector d7 = HIGH.selectFrom(c3, c7);
            d0.intoMemorySegment(ALL, to, ORDER);
            d1.intoMemorySegment(ALL, to + yStride, ORDER);
            d2.intoMemorySegment(ALL, to + 2 * yStride, ORDER);
            d3.intoMemorySegment(ALL, to + 3 * yStride, ORDER);
            d4.intoMemorySegment(ALL, to + 4 * yStride, ORDER);
            d5.intoMemorySegment(ALL, to + 5 * yStride, ORDER);
            d6.intoMemorySegment(ALL, to + 6 * yStride, ORDER);
            d7.intoMemorySegment(ALL, to + 7 * yStride, ORDER);
        }
    }
}
