package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies of matrices of {@code FP32} into row-major order. */
final class Copying {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Edge of the squares in which a transposing copy walks, so that both sides stay in the L1 cache. */
    private static final int SQUARE = 16;

    private Copying() {}

    /**
     * Copies the part of {@code rows} x {@code columns} elements from (row, column) on.
     *
     * @param offset element of {@code target} at which the copy begins
     * @param stride elements between rows of the copy
     */
    static void copy(
            Matrix from, int row, int column, int rows, int columns, MemorySegment target, long offset, long stride) {
        if (from.columnStride() == 1) {
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(
                        from.segment(),
                        from.index(row + r, column) * Float.BYTES,
                        target,
                        (offset + r * stride) * Float.BYTES,
                        (long) columns * Float.BYTES);
            }
            return;
        }
        for (int r0 = 0; r0 < rows; r0 += SQUARE) {
            int r1 = Math.min(rows, r0 + SQUARE);
            for (int c0 = 0; c0 < columns; c0 += SQUARE) {
                int c1 = Math.min(columns, c0 + SQUARE);
                for (int r = r0; r < r1; r++) {
                    long source = from.index(row + r, column);
                    for (int c = c0; c < c1; c++) {
                        target.set(
                                FLOAT,
                                (offset + r * stride + c) * Float.BYTES,
                                from.segment().get(FLOAT, (source + c * from.columnStride()) * Float.BYTES));
                    }
                }
            }
        }
    }

    /**
     * Copies {@code k} elements of each of {@link MicroKernels#INTERLEAVED} rows so that those of one column lie next to
     * each other.
     *
     * @param from address of the first row
     * @param stride bytes between rows
     * @param to address of the copy
     */
    static void interleave(long from, long stride, long to, int k) {
        long row1 = from + stride;
        long row2 = row1 + stride;
        long row3 = row2 + stride;
        long row4 = row3 + stride;
        long row5 = row4 + stride;
        for (int i = 0; i < k; i++) {
            ALL.set(FLOAT, to + 24L * i, ALL.get(FLOAT, from + 4L * i));
            ALL.set(FLOAT, to + 24L * i + 4, ALL.get(FLOAT, row1 + 4L * i));
            ALL.set(FLOAT, to + 24L * i + 8, ALL.get(FLOAT, row2 + 4L * i));
            ALL.set(FLOAT, to + 24L * i + 12, ALL.get(FLOAT, row3 + 4L * i));
            ALL.set(FLOAT, to + 24L * i + 16, ALL.get(FLOAT, row4 + 4L * i));
            ALL.set(FLOAT, to + 24L * i + 20, ALL.get(FLOAT, row5 + 4L * i));
        }
    }
}
