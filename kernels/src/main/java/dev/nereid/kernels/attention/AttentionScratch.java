package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.MatrixPanels;
import dev.nereid.kernels.matmul.RowPanels;
import java.lang.foreign.MemorySegment;

/**
 * Layout of one worker's scratch memory in attention: each part is given by its first byte.
 *
 * @param rows queries that are computed at a time
 * @param columns keys rounded up to whole vectors
 * @param factors [rows]; scores: [rows, columns] come first
 * @param weights what a {@link AttentionSoftmaxKernel} needs
 * @param keys the keys of a head, packed
 * @param values what is packed of the values of a head
 * @param bytes of all
 */
record AttentionScratch(int rows, int columns, long factors, long weights, long keys, long values, long bytes) {
    private static final int ALIGNMENT = 64;

    /** Bytes of scores that stay in the L1 cache, beside the panel of keys that they are computed with. */
    private static final int SCORE_BYTES = 24 << 10;

    /** Rows that tiles of every height divide. */
    private static final int TILES = 24;

    static AttentionScratch of(
            AttentionShape shape, RowPanels panels, FloatPanelKernel products, AttentionSoftmaxKernel weights) {
        int columns = panels.columns(shape.keys());
        int rows = rows(shape, columns);
        long factors = aligned((long) rows * columns * Float.BYTES);
        long weightBytes = factors + aligned((long) rows * Float.BYTES);
        long keys = weightBytes + aligned(weights.scratchBytes(columns));
        long values = keys + aligned(panels.bytes(shape.keys(), shape.size()));
        long bytes = values + aligned(MatrixPanels.scratchBytes(shape.keys(), shape.valueSize(), products));
        return new AttentionScratch(rows, columns, factors, weightBytes, keys, values, bytes);
    }

    /** The packed keys in the memory of a worker. */
    MemorySegment keys(MemorySegment scratch) {
        return scratch.asSlice(keys, values - keys);
    }

    /** What is packed of the values in the memory of a worker. */
    MemorySegment values(MemorySegment scratch) {
        return scratch.asSlice(values, bytes - values);
    }

    private static int rows(AttentionShape shape, int columns) {
        int all = Math.ceilDiv(shape.queries(), AttentionSoftmaxKernel.SIDE_BY_SIDE)
                * AttentionSoftmaxKernel.SIDE_BY_SIDE;
        int fitting = SCORE_BYTES / (Math.max(1, columns) * Float.BYTES) / TILES * TILES;
        return Math.min(all, Math.max(TILES, fitting));
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
