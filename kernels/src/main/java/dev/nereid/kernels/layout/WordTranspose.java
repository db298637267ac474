package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;

/**
 * Copy and transpose kernels for 4-byte elements, by addresses that are not checked. Of these four rows of x at a time
 * become four neighbours in each row of y, so that both sides are walked along their lines. Strides are bytes here. Nothing
 * overlaps.
 */
public final class WordTranspose {
    /** Columns of a tile: their rows of y stay in the L1 cache while the rows of x pass. */
    private static final int TILE = 64;

    /** In an L1 cache of 48 or 32 KiB sixteen lines so many bytes apart have four sets at most. */
    private static final long CROWDING_BYTES = 1024;

    private static final int FOUR = 4;
    private static final int BITS = IntVector.SPECIES_PREFERRED.vectorBitSize();
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED;

    private WordTranspose() {}

    /** Copies elements that lie {@code xStep} apart, from address x on, to where they lie {@code yStep} apart. */
    static void copy(long count, long x, long xStep, long y, long yStep) {
        long i = 0;
        for (; i + FOUR <= count; i += FOUR) {
            int a = ALL.get(WORD, x);
            int b = ALL.get(WORD, x + xStep);
            int c = ALL.get(WORD, x + 2 * xStep);
            int d = ALL.get(WORD, x + 3 * xStep);
            ALL.set(WORD, y, a);
            ALL.set(WORD, y + yStep, b);
            ALL.set(WORD, y + 2 * yStep, c);
            ALL.set(WORD, y + 3 * yStep, d);
            x += FOUR * xStep;
            y += FOUR * yStep;
        }
        for (; i < count; i++) {
            ALL.set(WORD, y, ALL.get(WORD, x));
            x += xStep;
            y += yStep;
        }
    }

    /**
     * Transposes x: [rows, columns] to y: [columns, rows].
     *
     * @param x address of the first element; its rows are dense and {@code xStride} apart
     * @param y likewise
     */
    public static void transpose(long rows, long columns, long x, long xStride, long y, long yStride) {
        if (rows == InterleaveThreeRows.ROWS
                && yStride == 4L * InterleaveThreeRows.ROWS
                && columns >= InterleaveThreeRows.LANES) {
            InterleaveThreeRows.interleave(columns, x, xStride, y);
            return;
        }
        long least = Math.min(rows, columns);
        if (BITS >= 256 && least >= Transpose8x8.SIDE) {
            squares(rows, columns, x, xStride, y, yStride);
            return;
        }
        for (long column = 0; column < columns; column += TILE) {
            int count = (int) Math.min(TILE, columns - column);
            long from = x + 4 * column;
            long to = y + column * yStride;
            long row = 0;
            for (; row + FOUR <= rows; row += FOUR) {
                four(count, from + row * xStride, xStride, to + 4 * row, yStride);
            }
            switch ((int) (rows - row)) {
                case 1 -> one(count, from + row * xStride, to + 4 * row, yStride);
                case 2 -> two(count, from + row * xStride, xStride, to + 4 * row, yStride);
                case 3 -> three(count, from + row * xStride, xStride, to + 4 * row, yStride);
                default -> {}
            }
        }
    }

    /** By squares, of which there is one at least: where rows of y crowd a cache, few of them from begin to end. */
    private static void squares(long rows, long columns, long x, long xStride, long y, long yStride) {
        boolean wide = BITS >= 512 && Math.min(rows, columns) >= Transpose16x16.SIDE;
        long width = yStride % CROWDING_BYTES == 0 ? Math.min(columns, Transpose16x16.SIDE) : columns;
        for (long column = 0; column < columns; column += width) {
            // The last ones go over words of those before again.
            long left = Math.min(column, columns - width);
            if (wide) {
                Transpose16x16.transpose(rows, width, x + 4 * left, xStride, y + left * yStride, yStride);
            } else {
                Transpose8x8.transpose(rows, width, x + 4 * left, xStride, y + left * yStride, yStride);
            }
        }
    }

    private static void one(int count, long x, long y, long yStride) {
        for (int i = 0; i < count; i++) {
            ALL.set(WORD, y + i * yStride, ALL.get(WORD, x + 4L * i));
        }
    }

    private static void two(int count, long x, long xStride, long y, long yStride) {
        for (int i = 0; i < count; i++) {
            long from = x + 4L * i;
            long to = y + i * yStride;
            int a = ALL.get(WORD, from);
            int b = ALL.get(WORD, from + xStride);
            ALL.set(WORD, to, a);
            ALL.set(WORD, to + 4, b);
        }
    }

    private static void three(int count, long x, long xStride, long y, long yStride) {
        for (int i = 0; i < count; i++) {
            long from = x + 4L * i;
            long to = y + i * yStride;
            int a = ALL.get(WORD, from);
            int b = ALL.get(WORD, from + xStride);
            int c = ALL.get(WORD, from + 2 * xStride);
            ALL.set(WORD, to, a);
            ALL.set(WORD, to + 4, b);
            ALL.set(WORD, to + 8, c);
        }
    }

    private static void four(int count, long x, long xStride, long y, long yStride) {
        for (int i = 0; i < count; i++) {
            long from = x + 4L * i;
            long to = y + i * yStride;
            int a = ALL.get(WORD, from);
            int b = ALL.get(WORD, from + xStride);
            int c = ALL.get(WORD, from + 2 * xStride);
            int d = ALL.get(WORD, from + 3 * xStride);
            ALL.set(WORD, to, a);
            ALL.set(WORD, to + 4, b);
            ALL.set(WORD, to + 8, c);
            ALL.set(WORD, to + 12, d);
        }
    }
}
