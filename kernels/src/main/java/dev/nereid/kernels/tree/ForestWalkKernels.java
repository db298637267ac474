package dev.nereid.kernels.tree;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Optional;

/** Tree kernels by a {@link ForestWalk}; forests that it does not support are delegated. */
public final class ForestWalkKernels implements TreeKernels {
    private final ForestWalk walk;
    private final TreeKernels fallback;

    /** With {@code fallback} for what is not covered here. */
    public ForestWalkKernels(ForestWalk walk, TreeKernels fallback) {
        this.walk = walk;
        this.fallback = fallback;
    }

    @Override
    public TreeKernel kernel(Forest forest, Aggregate aggregate, DataType type) {
        boolean suits = type == DataType.FP32
                && aggregate == Aggregate.SUM
                && forest.trees() >= ForestTables.TREES
                && OrderedForest.suits(forest);
        return (suits ? ForestTables.of(forest) : Optional.<ForestTables>empty())
                .<TreeKernel>map(tables -> new Walked(walk, tables, forest, fallback))
                .orElseGet(() -> fallback.kernel(forest, aggregate, type));
    }

    private static final class Walked implements TreeKernel {
        private final ForestWalk walk;
        private final ForestTables tables;
        private final Forest forest;
        private final TreeKernels fallback;
        private Optional<TreeKernel> ofWideRows = Optional.empty();

        Walked(ForestWalk walk, ForestTables tables, Forest forest, TreeKernels fallback) {
            this.walk = walk;
            this.tables = tables;
            this.forest = forest;
            this.fallback = fallback;
        }

        @Override
        public void run(int rows, int features, MemorySegment x, MemorySegment scores, MemorySegment present) {
            if (tables.width(features) > walk.mostKeys()) {
                ofWideRows().run(rows, features, x, scores, present);
                return;
            }
            long values = (long) rows * tables.targets();
            Objects.checkFromIndexSize(0, 4L * rows * features, x.byteSize());
            Objects.checkFromIndexSize(0, 4 * values, scores.byteSize());
            Objects.checkFromIndexSize(0, values, present.byteSize());
            try {
                walk.scores(tables, rows, features, x.address(), scores.address(), present.address());
            } finally {
                Reference.reachabilityFence(tables);
            }
        }

        /** Made when it is needed: hardly any model has so many features. */
        private synchronized TreeKernel ofWideRows() {
            TreeKernel kernel = ofWideRows.orElseGet(() -> fallback.kernel(forest, Aggregate.SUM, DataType.FP32));
            ofWideRows = Optional.of(kernel);
            return kernel;
        }
    }
}
