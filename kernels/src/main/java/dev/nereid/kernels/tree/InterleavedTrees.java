package dev.nereid.kernels.tree;

import dev.nereid.tensor.DataType;
import java.util.Optional;

/** Interleaved walks of several rows or trees for the usual kinds of forests; any other forest is delegated. */
public final class InterleavedTrees implements TreeKernels {
    private final TreeKernels fallback;

    /** With {@code fallback} for what is not covered here. */
    public InterleavedTrees(TreeKernels fallback) {
        this.fallback = fallback;
    }

    @Override
    public TreeKernel kernel(Forest forest, Aggregate aggregate, DataType type) {
        boolean suits = type == DataType.FP32 && aggregate == Aggregate.SUM && OrderedForest.suits(forest);
        return (suits ? OrderedForest.of(forest) : Optional.<TreeKernel>empty())
                .orElseGet(() -> fallback.kernel(forest, aggregate, type));
    }
}
