package dev.nereid.kernels.layout;

import static dev.nereid.kernels.layout.InterleavedBytePixels.EVENS;
import static dev.nereid.kernels.layout.InterleavedBytePixels.LOWS;
import static dev.nereid.kernels.layout.WordShuffles.HIGH;
import static dev.nereid.kernels.layout.WordShuffles.LANES;
import static dev.nereid.kernels.layout.WordShuffles.LOW;
import static dev.nereid.kernels.layout.WordShuffles.SPECIES;
import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transpose kernel for bytes: tiles of sixteen rows and as many columns as a vector has bytes. Four rows at a time become
 * words of one column each; those of the four times that are of one column are brought together as in {@link
 * Transpose16x16}. Strides are bytes; addresses are not checked.
 */
final class VectorByteTranspose {
    static final int ROWS = 16;
    static final int COLUMNS = SPECIES.vectorByteSize();

    /** Rows of which tiles follow each other, so that lines of y are written whole. */
    private static final int STRIP = 64;

    private static final VectorSpecies<Integer> COLUMN = IntVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private VectorByteTranspose() {}

    /**
     * Transposes x: [rows, columns] to y: [columns, rows], at least {@value #ROWS} rows and {@link #COLUMNS} columns. The last
     * tiles go over bytes of those before again.
     */
    static void transpose(long rows, long columns, long x, long xStride, long y, long yStride) {
        int[] words = new int[ROWS * LANES];
        for (long first = 0; first < rows; first += STRIP) {
            long end = Math.min(rows, first + STRIP);
            for (long column = 0; column < columns; column += COLUMNS) {
                long left = Math.min(column, columns - COLUMNS);
                for (long row = first; row < end; row += ROWS) {
                    long top = Math.min(row, rows - ROWS);
                    takeRows(x + top * xStride + left, xStride, words);
                    putColumns(words, y + left * yStride + top, yStride);
                }
            }
        }
    }

    /**
     * Makes words of four rows in one column each.
     *
     * @param words of the first four rows those of columns 0, 4, 8, ..., those of columns 1, 5, 9, ... and so on, then
     *     those of the next four rows
     */
    private static void takeRows(long x, long xStride, int[] words) {
        for (int row = 0; row < ROWS; row += 4) {
            long from = x + row * xStride;
            IntVector a = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector b = IntVector.fromMemorySegment(SPECIES, ALL, from + xStride, ORDER);
            IntVector c = IntVector.fromMemorySegment(SPECIES, ALL, from + 2 * xStride, ORDER);
            IntVector d = IntVector.fromMemorySegment(SPECIES, ALL, from + 3 * xStride, ORDER);
            IntVector evens = a.and(EVENS).or(b.and(EVENS).lanewise(LSHL, 8));
            IntVector odds = a.lanewise(LSHR, 8).and(EVENS).or(b.and(~EVENS));
            IntVector moreEvens = c.and(EVENS).or(d.and(EVENS).lanewise(LSHL, 8));
            IntVector moreOdds = c.lanewise(LSHR, 8).and(EVENS).or(d.and(~EVENS));
            int to = row * LANES;
            evens.and(LOWS).or(moreEvens.lanewise(LSHL, 16)).intoArray(words, to);
            odds.and(LOWS).or(moreOdds.lanewise(LSHL, 16)).intoArray(words, to + LANES);
            evens.lanewise(LSHR, 16).or(moreEvens.and(~LOWS)).intoArray(words, to + 2 * LANES);
            odds.lanewise(LSHR, 16).or(moreOdds.and(~LOWS)).intoArray(words, to + 3 * LANES);
        }
    }

    /** Brings together the four words of each column. */
    private static void putColumns(int[] words, long y, long yStride) {
        long step = 4 * yStride;
        long each = step * LANES / 4;
        for (int column = 0; column < 4; column++) {
            int from = column * LANES;
            IntVector a = IntVector.fromArray(SPECIES, words, from);
            IntVector b = IntVector.fromArray(SPECIES, words, from + 4 * LANES);
            IntVector c = IntVector.fromArray(SPECIES, words, from + 8 * LANES);
            IntVector d = IntVector.fromArray(SPECIES, words, from + 12 * LANES);
            IntVector low = LOW.selectFrom(a, c);
            IntVector high = HIGH.selectFrom(a, c);
            IntVector otherLow = LOW.selectFrom(b, d);
            IntVector otherHigh = HIGH.selectFrom(b, d);
            IntVector first = LOW.selectFrom(low, otherLow);
            IntVector second = HIGH.selectFrom(low, otherLow);
            IntVector third = LOW.selectFrom(high, otherHigh);
            IntVector fourth = HIGH.selectFrom(high, otherHigh);
            long to = y + column * yStride;
            first.reinterpretShape(COLUMN, 0).intoMemorySegment(ALL, to, ORDER);
            second.reinterpretShape(COLUMN, 0).intoMemorySegment(ALL, to + each, ORDER);
            third.reinterpretShape(COLUMN, 0).intoMemorySegment(ALL, to + 2 * each, ORDER);
            fourth.reinterpretShape(COLUMN, 0).intoMemorySegment(ALL, to + 3 * each, ORDER);
            first.reinterpretShape(COLUMN, 1).intoMemorySegment(ALL, to + step, ORDER);
            second.reinterpretShape(COLUMN, 1).intoMemorySegment(ALL, to + each + step, ORDER);
            third.reinterpretShape(COLUMN, 1).intoMemorySegment(ALL, to + 2 * each + step, ORDER);
            fourth.reinterpretShape(COLUMN, 1).intoMemorySegment(ALL, to + 3 * each + step, ORDER);
            if (LANES > 8) {
                first.reinterpretShape(COLUMN, 2).intoMemorySegment(ALL, to + 2 * step, ORDER);
                second.reinterpretShape(COLUMN, 2).intoMemorySegment(ALL, to + each + 2 * step, ORDER);
                third.reinterpretShape(COLUMN, 2).intoMemorySegment(ALL, to + 2 * each + 2 * step, ORDER);
                fourth.reinterpretShape(COLUMN, 2).intoMemorySegment(ALL, to + 3 * each + 2 * step, ORDER);
                first.reinterpretShape(COLUMN, 3).intoMemorySegment(ALL, to + 3 * step, ORDER);
                second.reinterpretShape(COLUMN, 3).intoMemorySegment(ALL, to + each + 3 * step, ORDER);
                third.reinterpretShape(COLUMN, 3).intoMemorySegment(ALL, to + 2 * each + 3 * step, ORDER);
                fourth.reinterpretShape(COLUMN, 3).intoMemorySegment(ALL, to + 3 * each + 3 * step, ORDER);
            }
        }
    }
}
