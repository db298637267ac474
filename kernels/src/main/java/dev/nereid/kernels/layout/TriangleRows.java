package dev.nereid.kernels.layout;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The rows of triangles: those of words are written by {@link WordTriangles}, others by a call for each part of a row.
 *
 * @param rowBytes of a row
 * @param words of a row that vectors go over; 0 where calls do
 */
record TriangleRows(int elementBytes, Triangle triangle, long rowBytes, int words, MemorySegment x, MemorySegment y) {
    private static final int WORD_BYTES = 4;

    /** Longer rows are worth two calls each. */
    private static final long LONG_BYTES = 1 << 16;

    /** Those of x that are written to y; all of them lie in the segments. */
    static TriangleRows of(int elementBytes, Triangle triangle, MemorySegment x, MemorySegment y) {
        long rowBytes = triangle.columns() * elementBytes;
        Objects.checkFromIndexSize(0, triangle.allRows() * rowBytes, x.byteSize());
        Objects.checkFromIndexSize(0, triangle.allRows() * rowBytes, y.byteSize());
        boolean byWords = elementBytes % WORD_BYTES == 0
                && rowBytes >= (long) WORD_BYTES * WordTriangles.LANES
                && rowBytes < LONG_BYTES
                && x.isNative()
                && y.isNative();
        return new TriangleRows(elementBytes, triangle, rowBytes, byWords ? (int) rowBytes / WORD_BYTES : 0, x, y);
    }

    /** Writes the rows [from, to), which are counted through all matrices. */
    void run(long from, long to) {
        for (long at = from; at < to; at++) {
            long cut = triangle.cut(at % triangle.rows());
            if (words == 0) {
                copy(at * rowBytes, cut * elementBytes);
            } else if (triangle.right()) {
                WordTriangles.keepLast(wordsOf(cut), words, x.address() + at * rowBytes, y.address() + at * rowBytes);
            } else {
                WordTriangles.keepFirst(wordsOf(cut), words, x.address() + at * rowBytes, y.address() + at * rowBytes);
            }
        }
    }

    private int wordsOf(long elements) {
        return (int) elements * (elementBytes / WORD_BYTES);
    }

    private void copy(long row, long cutBytes) {
        boolean right = triangle.right();
        long kept = row + (right ? cutBytes : 0);
        long keptBytes = right ? rowBytes - cutBytes : cutBytes;
        y.asSlice(right ? row : row + cutBytes, rowBytes - keptBytes).fill((byte) 0);
        MemorySegment.copy(x, kept, y, kept, keptBytes);
    }
}
