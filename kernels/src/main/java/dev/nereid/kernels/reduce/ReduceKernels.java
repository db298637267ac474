package dev.nereid.kernels.reduce;

import dev.nereid.tensor.DataType;

/**
 * The kernels that put many numbers together: reductions, rows, norms. A kernel is looked up when a plan is lowered,
 * which may build it, and is kept; look-ups are for any thread. Where a method says so, {@code type} may be any number
 * or {@code BOOL}; else it is a float type.
 */
public interface ReduceKernels {
    /** The kernel of a reduction of any type; the result is of the same type. */
    Reduction reduction(ReduceOp op, DataType type);

    /**
     * The kernel that finds the index of the greatest or least number, of any type; the result is {@code INT64}.
     *
     * @param last whether the last of equal numbers counts; else the first
     */
    Reduction argMinMax(ArgMinMax extreme, boolean last, DataType type);

    /** The kernel of a function of rows. */
    RowKernel row(RowOp op, DataType type);

    /** The kernel of running totals, of any type. */
    CumulativeKernel cumulative(Accumulation accumulation, DataType type);

    /** The kernel that selects the greatest or least elements, of any type. */
    TopKKernel topK(boolean largest, DataType type);

    /** The kernel that puts elements into others by index, of any type. */
    ScatterKernel scatter(Accumulation accumulation, DataType type);

    /** The kernel of norms. */
    NormKernel norm(DataType type);

    /** The kernel of norms of columns of {@code FP32}. */
    ColumnNormKernel columnNorm();

    /** The kernel that looks among boxes. */
    NonMaxSuppressionKernel nonMaxSuppression();
}
