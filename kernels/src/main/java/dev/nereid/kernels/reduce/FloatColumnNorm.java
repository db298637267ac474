package dev.nereid.kernels.reduce;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Columns by vectors. Rows are taken in blocks that stay in the cache: of each block the mean of every column and the
 * squares of the differences to it, so that nothing cancels and memory is read once; then those of the blocks are put
 * together. How many rows a block has depends on the columns alone, so results do not depend on workers.
 */
final class FloatColumnNorm implements ColumnNormKernel {
    /** Bytes of a block, as a rule. */
    private static final int BLOCK_BYTES = 1 << 15;

    /** Rows of a block, at least: its means have a price too. */
    private static final int LEAST_ROWS = 64;

    /** Elements that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1 << 19;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public long scratchBytes(int matrices, int rows, int columns) {
        return matrices * (blocks(rows, columns) * momentBytes(columns) + changeBytes(columns));
    }

    /** Bytes of the means and squares of a block. */
    private static long momentBytes(int columns) {
        return 2L * Float.BYTES * columns;
    }

    /** Bytes of what the columns of a matrix are changed by. */
    private static long changeBytes(int columns) {
        return 3L * Float.BYTES * columns;
    }

    private static int blockRows(int columns) {
        return Math.max(LEAST_ROWS, BLOCK_BYTES / Float.BYTES / Math.max(1, columns));
    }

    private static int blocks(int rows, int columns) {
        return Math.ceilDiv(rows, blockRows(columns));
    }

    @Override
    public void run(
            int matrices,
            int rows,
            int columns,
            MemorySegment x,
            MemorySegment scale,
            MemorySegment bias,
            float epsilon,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        long elements = (long) matrices * rows * columns;
        Objects.checkFromIndexSize(0, Float.BYTES * elements, x.byteSize());
        Objects.checkFromIndexSize(0, Float.BYTES * elements, y.byteSize());
        Objects.checkFromIndexSize(0, (long) Float.BYTES * columns, scale.byteSize());
        Objects.checkFromIndexSize(0, (long) Float.BYTES * columns, bias.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(matrices, rows, columns), scratch.byteSize());
        if (elements == 0) {
            return;
        }
        Blocks blocks = new Blocks(rows, columns, blocks(rows, columns), x.address(), y.address(), scratch.address());
        int all = matrices * blocks.count();
        int shares = elements < WORTH_SPLITTING ? 1 : Math.min(all, workers.count());
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            for (int block = first(all, share, shares); block < first(all, share + 1, shares); block++) {
                blocks.measure(block);
            }
        });
        MemorySegment changes = scratch.asSlice((long) all * momentBytes(columns));
        for (int matrix = 0; matrix < matrices; matrix++) {
            long moments = (long) matrix * blocks.count() * momentBytes(columns);
            MemorySegment change = changes.asSlice(matrix * changeBytes(columns), changeBytes(columns));
            join(blocks, scratch.asSlice(moments), scale, bias, epsilon, change);
        }
        taking.run(shares, share -> {
            for (int block = first(all, share, shares); block < first(all, share + 1, shares); block++) {
                blocks.change(block, changes.address() + block / blocks.count() * changeBytes(columns));
            }
        });
    }

    private static int first(int all, int share, int shares) {
        return (int) ((long) all * share / shares);
    }

    /**
     * Rows of all matrices, block by block. Places are addresses.
     *
     * @param rows of a matrix
     * @param count blocks of a matrix
     * @param moments of each block [2, columns]: means and squares
     */
    private record Blocks(int rows, int columns, int count, long x, long y, long moments) {
        /** The rows of a block, which is one of its matrix. */
        int rowsOf(int block) {
            return Math.min(blockRows(columns), rows - block * blockRows(columns));
        }

        private long offset(int block) {
            long row = (long) block / count * rows + (long) (block % count) * blockRows(columns);
            return Float.BYTES * row * columns;
        }

        void measure(int block) {
            ColumnMoments.measure(
                    rowsOf(block % count), columns, x + offset(block), moments + block * momentBytes(columns));
        }

        void change(int block, long changes) {
            ColumnMoments.change(rowsOf(block % count), columns, x + offset(block), changes, y + offset(block));
        }
    }

    /** What the columns of a matrix are changed by: [3, columns], what is taken away, multiplied by and added then. */
    private static void join(
            Blocks blocks,
            MemorySegment moments,
            MemorySegment scale,
            MemorySegment bias,
            float epsilon,
            MemorySegment changes) {
        int columns = blocks.columns();
        for (int column = 0; column < columns; column++) {
            double sum = 0;
            for (int block = 0; block < blocks.count(); block++) {
                sum += (double) moments.getAtIndex(FLOAT, 2L * block * columns + column) * blocks.rowsOf(block);
            }
            double mean = sum / blocks.rows();
            double squares = 0;
            for (int block = 0; block < blocks.count(); block++) {
                double difference = moments.getAtIndex(FLOAT, 2L * block * columns + column) - mean;
                squares += moments.getAtIndex(FLOAT, (2L * block + 1) * columns + column)
                        + difference * difference * blocks.rowsOf(block);
            }
            float factor = (float) (scale.getAtIndex(FLOAT, column) / Math.sqrt(squares / blocks.rows() + epsilon));
            // What rounding takes from the mean comes with the bias.
            double term = bias.getAtIndex(FLOAT, column) - (mean - (float) mean) * factor;
            changes.setAtIndex(FLOAT, column, (float) mean);
            changes.setAtIndex(FLOAT, (long) columns + column, factor);
            changes.setAtIndex(FLOAT, 2L * columns + column, (float) term);
        }
    }
}
