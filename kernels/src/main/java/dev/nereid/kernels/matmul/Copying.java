package dev.nereid.kernels.matmul;

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
}
