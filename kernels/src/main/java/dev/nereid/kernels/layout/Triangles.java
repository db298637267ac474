package dev.nereid.kernels.layout;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Rows of matrices of which what lies right or left of a diagonal is kept: of words by {@link WordTriangles}, else by a call
 * for each part of a row.
 *
 * @param rowBytes of a row
 * @param words of a row that vectors go over; 0 where calls do
 */
record Triangles(
        int elementBytes,
        long rows,
        long columns,
        long diagonal,
        boolean right,
        long rowBytes,
        int words,
        MemorySegment x,
        MemorySegment y) {
    private static final int WORD_BYTES = 4;

    /** Longer rows are worth two calls each. */
    private static final long LONG_BYTES = 1 << 16;

    /** Triangles of {@code all} rows, all of which lie in the segments. */
    static Triangles of(
            int elementBytes,
            long all,
            long rows,
            long columns,
            long diagonal,
            boolean right,
            MemorySegment x,
            MemorySegment y) {
        long rowBytes = columns * elementBytes;
        Objects.checkFromIndexSize(0, all * rowBytes, x.byteSize());
        Objects.checkFromIndexSize(0, all * rowBytes, y.byteSize());
        boolean byWords = elementBytes % WORD_BYTES == 0
                && rowBytes >= (long) WORD_BYTES * WordTriangles.LANES
                && rowBytes < LONG_BYTES
                && x.isNative()
                && y.isNative();
        int words = byWords ? (int) rowBytes / WORD_BYTES : 0;
        // Beyond the corners there is nothing else to see.
        long seen = Math.clamp(diagonal, -rows - 1, columns + 1);
        return new Triangles(elementBytes, rows, columns, seen, right, rowBytes, words, x, y);
    }

    /** Writes the rows [from, to), which are counted through all matrices. */
    void run(long from, long to) {
        long row = from % rows;
        for (long at = from; at < to; at++) {
            long cut = Math.clamp(row + diagonal + (right ? 0 : 1), 0, columns);
            if (words == 0) {
                copy(at * rowBytes, cut * elementBytes);
            } else if (right) {
                WordTriangles.keepLast(wordsOf(cut), words, x.address() + at * rowBytes, y.address() + at * rowBytes);
            } else {
                WordTriangles.keepFirst(wordsOf(cut), words, x.address() + at * rowBytes, y.address() + at * rowBytes);
            }
            row = row + 1 == rows ? 0 : row + 1;
        }
    }

    private int wordsOf(long elements) {
        return (int) elements * (elementBytes / WORD_BYTES);
    }

    private void copy(long row, long cutBytes) {
        long kept = row + (right ? cutBytes : 0);
        long keptBytes = right ? rowBytes - cutBytes : cutBytes;
        y.asSlice(right ? row : row + cutBytes, rowBytes - keptBytes).fill((byte) 0);
        MemorySegment.copy(x, kept, y, kept, keptBytes);
    }
}
