package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;

/**
 * Transpose kernel for bytes, by addresses that are not checked: a tile of eight rows of eight bytes is eight longs, which
 * exchange halves, then quarters, then bytes. Strides are bytes. Nothing overlaps.
 */
final class ByteTranspose {
    private static final int EIGHT = 8;

    /** Rows of a tile: what they hold of a cache line stays in the L1 cache until all its columns are done. */
    private static final int TILE = 64;

    private static final long HALVES = 0x00000000ffffffffL;
    private static final long QUARTERS = 0x0000ffff0000ffffL;
    private static final long BYTES = 0x00ff00ff00ff00ffL;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ByteTranspose() {}

    /**
     * Transposes x: [rows, columns] to y: [columns, rows].
     *
     * @param x address of the first element; its rows are dense and {@code xStride} apart
     * @param y likewise
     */
    static void transpose(long rows, long columns, long x, long xStride, long y, long yStride) {
        boolean wide = IntVector.SPECIES_PREFERRED.vectorBitSize() >= 256;
        if (wide && columns >= InterleavedBytePixels.PIXELS && together(rows, columns, x, xStride, y, yStride)) {
            return;
        }
        if (wide && rows >= InterleavedBytePixels.PIXELS && apart(rows, columns, x, xStride, y, yStride)) {
            return;
        }
        if (wide && rows >= VectorByteTranspose.ROWS && columns >= VectorByteTranspose.COLUMNS) {
            VectorByteTranspose.transpose(rows, columns, x, xStride, y, yStride);
            return;
        }
        long wholeRows = rows / EIGHT * EIGHT;
        long wholeColumns = columns / EIGHT * EIGHT;
        for (long first = 0; first < wholeRows; first += TILE) {
            int count = (int) Math.min(TILE, wholeRows - first) / EIGHT;
            for (long column = 0; column < wholeColumns; column += EIGHT) {
                blocks(count, x + first * xStride + column, xStride, y + column * yStride + first, yStride);
            }
        }
        single(rows, wholeColumns, columns, x, xStride, y, yStride, 0);
        single(rows, 0, wholeColumns, x, xStride, y, yStride, wholeRows);
    }

    /** Three or four rows that take turns, as the colours of an image; whether it is that. */
    private static boolean together(long rows, long columns, long x, long xStride, long y, long yStride) {
        if (rows == InterleavedBytePixels.THREE && yStride == rows) {
            InterleavedBytePixels.togetherThree(columns, x, xStride, y);
            return true;
        }
        if (rows == InterleavedBytePixels.FOUR && yStride == rows) {
            InterleavedBytePixels.togetherFour(columns, x, xStride, y);
            return true;
        }
        return false;
    }

    /** Three or four columns that become rows; whether it is that. */
    private static boolean apart(long rows, long columns, long x, long xStride, long y, long yStride) {
        if (columns == InterleavedBytePixels.THREE && xStride == columns) {
            InterleavedBytePixels.apartThree(rows, x, y, yStride);
            return true;
        }
        if (columns == InterleavedBytePixels.FOUR && xStride == columns) {
            InterleavedBytePixels.apartFour(rows, x, y, yStride);
            return true;
        }
        return false;
    }

    /** Rows from {@code firstRow} on and columns [from, to), byte by byte. */
    private static void single(
            long rows, long from, long to, long x, long xStride, long y, long yStride, long firstRow) {
        for (long column = from; column < to; column++) {
            for (long row = firstRow; row < rows; row++) {
                ALL.set(BYTE, y + column * yStride + row, ALL.get(BYTE, x + row * xStride + column));
            }
        }
    }

    /** {@code count} blocks of eight by eight, below each other in x and beside each other in y. */
    private static void blocks(int count, long x, long xStride, long y, long yStride) {
        for (int i = 0; i < count; i++) {
            long a = ALL.get(LONG, x);
            long b = ALL.get(LONG, x + xStride);
            long c = ALL.get(LONG, x + 2 * xStride);
            long d = ALL.get(LONG, x + 3 * xStride);
            long e = ALL.get(LONG, x + 4 * xStride);
            long f = ALL.get(LONG, x + 5 * xStride);
            long g = ALL.get(LONG, x + 6 * xStride);
            long h = ALL.get(LONG, x + 7 * xStride);
            long t;
            t = ((a >>> 32) ^ e) & HALVES;
            a ^= t << 32;
            e ^= t;
            t = ((b >>> 32) ^ f) & HALVES;
            b ^= t << 32;
            f ^= t;
            t = ((c >>> 32) ^ g) & HALVES;
            c ^= t << 32;
            g ^= t;
            t = ((d >>> 32) ^ h) & HALVES;
            d ^= t << 32;
            h ^= t;
            t = ((a >>> 16) ^ c) & QUARTERS;
            a ^= t << 16;
            c ^= t;
            t = ((b >>> 16) ^ d) & QUARTERS;
            b ^= t << 16;
            d ^= t;
            t = ((e >>> 16) ^ g) & QUARTERS;
            e ^= t << 16;
            g ^= t;
            t = ((f >>> 16) ^ h) & QUARTERS;
            f ^= t << 16;
            h ^= t;
            t = ((a >>> 8) ^ b) & BYTES;
            a ^= t << 8;
            b ^= t;
            t = ((c >>> 8) ^ d) & BYTES;
            c ^= t << 8;
            d ^= t;
            t = ((e >>> 8) ^ f) & BYTES;
            e ^= t << 8;
            f ^= t;
            t = ((g >>> 8) ^ h) & BYTES;
            g ^= t << 8;
            h ^= t;
            ALL.set(LONG, y, a);
            ALL.set(LONG, y + yStride, b);
            ALL.set(LONG, y + 2 * yStride, c);
            ALL.set(LONG, y + 3 * yStride, d);
            ALL.set(LONG, y + 4 * yStride, e);
            ALL.set(LONG, y + 5 * yStride, f);
            ALL.set(LONG, y + 6 * yStride, g);
            ALL.set(LONG, y + 7 * yStride, h);
            x += EIGHT * xStride;
            y += EIGHT;
        }
    }
}
