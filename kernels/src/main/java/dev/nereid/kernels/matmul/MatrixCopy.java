package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.layout.WordTranspose;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies matrices of {@code FP32} into row-major order. */
final class MatrixCopy {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Edge of the squares in which a transposing copy walks, so that both sides stay in the L1 cache. */
    private static final int SQUARE = 16;

    /** Floats of four cache lines. */
    private static final int FETCHED_AT_ONCE = 64;

    private MatrixCopy() {}

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
        if (from.rowStride() == 1) {
            WordTranspose.transpose(
                    /* rows= */ columns,
                    /* columns= */ rows,
                    from.address(row, column),
                    from.columnStride() * Float.BYTES,
                    target.address() + offset * Float.BYTES,
                    stride * Float.BYTES);
            return;
        }
        scatter(from, row, column, rows, columns, target.address() + offset * Float.BYTES, stride);
    }

    private static void scatter(Matrix from, int row, int column, int rows, int columns, long target, long stride) {
        long source = from.segment().address();
        for (int r0 = 0; r0 < rows; r0 += SQUARE) {
            int r1 = Math.min(rows, r0 + SQUARE);
            for (int c = 0; c < columns; c++) {
                long at = source + from.index(row + r0, column + c) * Float.BYTES;
                long to = target + (r0 * stride + c) * Float.BYTES;
                scatter(at, from.rowStride() * Float.BYTES, to, stride * Float.BYTES, r1 - r0);
            }
        }
    }

    /** Copies floats from addresses of one stride to addresses of another. */
    private static void scatter(long from, long fromStride, long to, long toStride, int count) {
        long source = from;
        long target = to;
        for (int i = 0; i < count; i++) {
            ALL.set(FLOAT, target, ALL.get(FLOAT, source));
            source += fromStride;
            target += toStride;
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

    /**
     * Reads something of each cache line of {@code count} floats, so that they are in a cache for what follows: a loop
     * that only reads gets them from memory faster than one that computes meanwhile.
     *
     * @return a number made of all that was read
     */
    static int fetch(long from, int count) {
        int sum0 = 0;
        int sum1 = 0;
        int sum2 = 0;
        int sum3 = 0;
        for (int i = 0; i <= count - FETCHED_AT_ONCE; i += FETCHED_AT_ONCE) {
            sum0 += ALL.get(INT, from + 4L * i);
            sum1 += ALL.get(INT, from + 4L * i + 64);
            sum2 += ALL.get(INT, from + 4L * i + 128);
            sum3 += ALL.get(INT, from + 4L * i + 192);
        }
        return sum0 + sum1 + sum2 + sum3;
    }
}
