package dev.nereid.cuda.device;

import dev.nereid.tensor.DataType;

/**
 * Kernels whose output depends on the position of an element (one-hot, range, triangles), beside {@link DeviceKernels} and
 * by its rules.
 */
public interface DevicePositions {
    /**
     * Puts one value where indices are along a new axis, and another elsewhere; an index outside is nowhere.
     *
     * @param indexType {@code INT32} or {@code INT64}
     * @param counts whether negative indices count from the end
     * @param indices [outer, inner]
     * @param values what is elsewhere, and what is where an index is
     * @param y [outer, depth, inner]
     */
    void oneHot(
            int elementBytes,
            DataType indexType,
            boolean counts,
            long indices,
            long values,
            long y,
            int outer,
            int depth,
            int inner);

    /** {@code y[i] = start + i * delta} of {@code INT32} or {@code INT64}; start and delta are addresses. */
    void range(DataType type, long start, long delta, long y, int length);

    /**
     * The upper or lower triangle of each matrix, zeros elsewhere.
     *
     * @param x [matrices, rows, columns]
     * @param k {@code INT64}: by how much the diagonal is moved to the right; 0 for not at all
     */
    void triangle(int elementBytes, boolean upper, long x, long k, long y, int matrices, int rows, int columns);
}
