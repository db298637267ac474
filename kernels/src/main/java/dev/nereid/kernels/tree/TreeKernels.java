package dev.nereid.kernels.tree;

import dev.nereid.tensor.DataType;

/** The kernels of decision trees. Every implementation gives the same bits. */
public interface TreeKernels {
    /**
     * A kernel for a forest, made while a plan is built.
     *
     * @param type FP32 or FP64: of features and scores. Thresholds and weights are numbers of this type
     */
    TreeKernel kernel(Forest forest, Aggregate aggregate, DataType type);
}
