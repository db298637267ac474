package dev.nereid.kernels.svm;

import java.lang.foreign.MemorySegment;

/**
 * The kernels of support vector machines. The results of a row depend on that row alone, not on its place or its
 * neighbours. Stateless; for any number of threads. Offsets are in bytes.
 */
public interface SvmKernels {
    /** Bytes of memory that {@link #pack} needs for so many vectors. */
    long packedBytes(int count, int features);

    /**
     * Copies support vectors into the layout of these kernels.
     *
     * @param vectors float32 [count, features], dense
     * @param memory of {@link #packedBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    PackedVectors pack(MemorySegment vectors, int count, int features, MemorySegment memory);

    /**
     * Computes {@code y[i, j] = scale * sum over k of (x[i, k] - v[j, k])^2}. A sum is one chain of fused multiply-adds in
     * ascending k, from zero: the differences are taken first, so that vectors far from zero and close to each other lose
     * no digits.
     *
     * @param x float32 [rows, features], dense
     * @param vectors packed by these kernels
     * @param y float32 [rows, stride], the stride that of {@code vectors}; what lies behind a row's results is overwritten
     *     with any numbers
     */
    void squaredDistances(
            int rows, MemorySegment x, long xOffset, PackedVectors vectors, float scale, MemorySegment y, long yOffset);

    /**
     * Adds up weighted values, group by group, in FP64: {@code sums[i, g, l] = sum over the vectors j of group g of
     * weights[l, j] * x[i, j]}. The order of the additions follows from a group's size alone.
     *
     * @param x float32, rows of {@code stride} elements of which the first {@link WeightGroups#count} are read
     * @param sums FP64 [rows, groups, lists], dense
     */
    void weigh(
            int rows,
            MemorySegment x,
            long xOffset,
            int stride,
            WeightGroups weights,
            MemorySegment sums,
            long sumsOffset);
}
