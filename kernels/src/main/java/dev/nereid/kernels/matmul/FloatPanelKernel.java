package dev.nereid.kernels.matmul;

import java.lang.foreign.MemorySegment;

/**
 * A kernel for panels of floats, which also takes columns of a matrix as it lies, for a right side that is computed anew for
 * every product.
 */
public interface FloatPanelKernel extends PanelKernel {
    /**
     * Multiplies with columns of a matrix whose rows lie {@code bStride} elements apart, to the last bit as with the same
     * columns packed; all else as in {@link #run}, with one run and without a look ahead.
     *
     * @param columns columns of c: whole vectors, at most {@link #panelColumns}
     * @param b [k, columns]
     */
    void runUnpacked(
            int rows,
            int columns,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp);

    /**
     * Packs the transpose of b, followed by columns of zeros.
     *
     * @param b [n, k], with contiguous rows
     * @param columns at least n: whole vectors
     * @param memory for [k, columns], with any content
     */
    default void packTransposed(Matrix b, int columns, MemorySegment memory) {
        TransposedPacking.pack(b, columns, memory, this);
    }
}
