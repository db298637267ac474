package dev.nereid.kernels.layout;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * The kernels that move elements and compute nothing. They know how many bytes an element has (1, 2, 4, 8 or 16), not
 * what it means. Memory may be aligned to nothing; inputs and outputs do not overlap. Dims may be 0. The caller has
 * checked every index and extent.
 */
public interface LayoutKernels {
    /**
     * Permutes axes: axis {@code i} of y is axis {@code permutation[i]} of x.
     *
     * @param x dense, of the shape {@code dims}
     * @param y dense, of the permuted shape
     */
    default void transpose(
            int elementBytes, long[] dims, int[] permutation, MemorySegment x, MemorySegment y, Workers workers) {
        long[] permuted = new long[dims.length];
        long[] xStrides = new long[dims.length];
        long[] dense = denseStrides(dims);
        for (int axis = 0; axis < dims.length; axis++) {
            permuted[axis] = dims[permutation[axis]];
            xStrides[axis] = dense[permutation[axis]];
        }
        copy(elementBytes, permuted, x, 0, xStrides, y, 0, denseStrides(permuted), workers);
    }

    /**
     * Copies a box of elements from one strided layout to another. Offsets and strides count elements; a stride of 0 in
     * x repeats, a negative one walks backwards. No two elements of y may coincide.
     */
    void copy(
            int elementBytes,
            long[] dims,
            MemorySegment x,
            long xOffset,
            long[] xStrides,
            MemorySegment y,
            long yOffset,
            long[] yStrides,
            Workers workers);

    /**
     * Gathers blocks along the middle axis: {@code y[o, i] = x[o, indices[i]]}.
     *
     * @param x [outer, extent, blockBytes]
     * @param indices [count] INT64, each in [0, extent)
     * @param y [outer, count, blockBytes]
     */
    void gather(
            long blockBytes,
            long outer,
            long extent,
            long count,
            MemorySegment x,
            MemorySegment indices,
            MemorySegment y,
            Workers workers);

    /**
     * Gathers an element for each index, from the index's own place moved along an axis:
     * {@code y[a, i, b] = x[a, indices[a, i, b], b]}.
     *
     * @param dims of the indices and of y, both dense: at least one axis, and none but {@code axis} longer than x's
     * @param xStrides of x, in elements, none negative
     * @param axis that indices are of
     * @param extent of x along that axis
     * @param indexBytes of an index: 4 or 8. One below 0 counts from the end
     * @throws IllegalArgumentException if an index is outside of [-extent, extent)
     */
    void gatherElements(
            int elementBytes,
            long[] dims,
            long[] xStrides,
            int axis,
            long extent,
            int indexBytes,
            MemorySegment x,
            MemorySegment indices,
            MemorySegment y,
            Workers workers);

    /**
     * Puts blocks: {@code y[indices[i]] = x[i]}, in order, so that the last of equal indices wins.
     *
     * @param x [count, blockBytes]
     * @param indices [count] INT64
     */
    void scatter(long blockBytes, long count, MemorySegment x, MemorySegment indices, MemorySegment y);

    /**
     * Repeats one element.
     *
     * @param value the element
     * @param y [count]
     */
    void fill(int elementBytes, long count, MemorySegment value, MemorySegment y, Workers workers);

    /**
     * Keeps of each matrix a triangle; everything else becomes zeros.
     *
     * @param x [matrices, rows, columns]
     * @param y likewise
     */
    void triangle(int elementBytes, Triangle triangle, MemorySegment x, MemorySegment y, Workers workers);

    private static long[] denseStrides(long[] dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        return strides;
    }
}
