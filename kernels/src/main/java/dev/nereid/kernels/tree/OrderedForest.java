package dev.nereid.kernels.tree;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The sums of a forest over float32 features whose nodes all ask which of two sides of a bound a feature is on. Rows are
 * taken block by block, so that their keys stay in the first cache.
 */
final class OrderedForest implements TreeKernel {
    /** Keys of the rows of one block. */
    private static final int BLOCK_KEYS = 1 << 13;

    private static final int LEAST_BLOCK = 4;
    private static final int GREATEST_BLOCK = 64;

    private final OrderedKeys keys;
    private final LeafWeights weights;
    private final InterleavedRowWalk byRows;
    private final InterleavedTreeWalk byTrees;
    private final boolean fewTrees;

    private OrderedForest(Forest forest, OrderedKeys keys, PairedNodes layout) {
        this.keys = keys;
        this.weights = LeafWeights.of(forest);
        this.byRows = new InterleavedRowWalk(layout, forest.trees());
        this.byTrees = new InterleavedTreeWalk(layout);
        this.fewTrees = forest.trees() < InterleavedTreeWalk.TREES;
    }

    /** Whether all nodes of a forest ask for a side. */
    static boolean suits(Forest forest) {
        for (int node = 0; node < forest.nodes(); node++) {
            if (!forest.branch(node).isOrdered()) {
                return false;
            }
        }
        return true;
    }

    /** A kernel for a forest that suits; empty where {@link PairedNodes} are. */
    static Optional<TreeKernel> of(Forest forest) {
        OrderedKeys keys = OrderedKeys.of(forest);
        return PairedNodes.of(forest, keys, InterleavedTreeWalk.TREES)
                .map(layout -> new OrderedForest(forest, keys, layout));
    }

    @Override
    public void run(int rows, int features, MemorySegment x, MemorySegment scores, MemorySegment present) {
        int width = keys.width(features);
        int block = Math.min(Math.clamp(BLOCK_KEYS / width, LEAST_BLOCK, GREATEST_BLOCK), Math.max(rows, 1));
        int[] values = new int[Math.multiplyExact(block, width)];
        LeafSums sums = new LeafSums(weights, block);
        for (int first = 0; first < rows; first += block) {
            int count = Math.min(block, rows - first);
            keys.read(x, 4L * first * features, count, features, values);
            sums.clear();
            int byRow = fewTrees ? count : count - count % InterleavedRowWalk.ROWS;
            byRows.run(byRow, values, width, sums);
            byTrees.run(byRow, count, values, width, sums);
            sums.write(count, first, scores, present);
        }
    }
}
