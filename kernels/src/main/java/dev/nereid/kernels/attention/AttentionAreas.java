package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.RowPanels;
import java.lang.foreign.MemorySegment;

/**
 * The scratch memory of one worker, in parts.
 *
 * @param rows queries that are computed at a time
 * @param columns keys rounded up to whole vectors
 * @param scores [rows, columns]
 * @param highs address of a vector
 * @param sums address of a vector for each {@link Softmax#ROWS} of {@code rows}
 * @param masks address of [{@link Softmax#ROWS}, columns]
 * @param packed the keys of a head
 */
record AttentionAreas(
        int rows, int columns, MemorySegment scores, long highs, long sums, long masks, MemorySegment packed) {
    private static final int ALIGNMENT = 64;

    /** Bytes of scores that stay in the L1 cache, beside the panel of keys that they are computed with. */
    private static final int SCORE_BYTES = 24 << 10;

    /** Rows that tiles of every height divide. */
    private static final int TILES = 24;

    static long bytes(AttentionShape shape, RowPanels panels) {
        return packedOffset(shape, panels) + aligned(panels.bytes(shape.keys(), shape.size()));
    }

    static AttentionAreas of(AttentionShape shape, RowPanels panels, MemorySegment scratch) {
        int columns = panels.columns(shape.keys());
        int rows = rows(shape, columns);
        long highs = aligned((long) rows * columns * Float.BYTES);
        long sums = highs + vectorBytes();
        long masks = sums + rows / Softmax.ROWS * vectorBytes();
        return new AttentionAreas(
                rows,
                columns,
                scratch.asSlice(0, highs),
                scratch.address() + highs,
                scratch.address() + sums,
                scratch.address() + masks,
                scratch.asSlice(packedOffset(shape, panels)));
    }

    /** Address of the factors of the rows from {@code row} on. */
    long factors(int row) {
        return sums + row / Softmax.ROWS * vectorBytes();
    }

    /** The factor of a row. */
    float factor(int row) {
        return Softmax.number(factors(row) + row % Softmax.ROWS * Softmax.QUARTER_BYTES);
    }

    private static long packedOffset(AttentionShape shape, RowPanels panels) {
        int columns = panels.columns(shape.keys());
        int rows = rows(shape, columns);
        return aligned((long) rows * columns * Float.BYTES)
                + (1 + rows / Softmax.ROWS) * vectorBytes()
                + aligned((long) Softmax.ROWS * columns * Float.BYTES);
    }

    private static int rows(AttentionShape shape, int columns) {
        int all = Math.ceilDiv(shape.queries(), Softmax.ROWS) * Softmax.ROWS;
        int fitting = SCORE_BYTES / (Math.max(1, columns) * Float.BYTES) / TILES * TILES;
        return Math.min(all, Math.max(TILES, fitting));
    }

    private static long vectorBytes() {
        return aligned((long) Softmax.LANES * Float.BYTES);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
