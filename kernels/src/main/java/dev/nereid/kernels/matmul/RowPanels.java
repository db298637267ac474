package dev.nereid.kernels.matmul;

import java.lang.foreign.MemorySegment;

/**
 * Products with the transpose of a matrix that is packed while a run goes on, by a {@link FloatPanelKernel}: {@code c = a
 * * transposed(b)}. Columns of c are rounded up to whole vectors, and those that are too many are zeros. Every element is one
 * chain of fused multiply-adds in ascending k. Stateless; any number of threads. Bounds are the caller's to check.
 */
public final class RowPanels {
    private final FloatPanelKernel kernel;
    private final int lanes;

    /**
     * Products by {@code kernel}.
     *
     * @param lanes of the vectors that columns are rounded up to, a power of two; if they are shorter than the kernel's,
     *     the kernel's count
     */
    public RowPanels(FloatPanelKernel kernel, int lanes) {
        this.kernel = kernel;
        this.lanes = Math.max(kernel.lanes(), lanes);
    }

    /** Columns of a product with {@code n} rows of b: n rounded up to whole vectors. */
    public int columns(int n) {
        return Math.ceilDiv(n, lanes) * lanes;
    }

    /** Bytes of a packed matrix of n rows and k columns. */
    public long bytes(int n, int k) {
        return (long) k * columns(n) * Float.BYTES;
    }

    /**
     * Packs b: [n, k], whose rows are contiguous.
     *
     * @param memory of {@link #bytes} with any content, aligned to 64 bytes
     */
    public void pack(Matrix b, MemorySegment memory) {
        kernel.packTransposed(b, columns(b.rows()), memory);
    }

    /**
     * Multiplies; strides are in elements.
     *
     * @param a address of [rows, k], its rows {@code aStride} apart
     * @param packed address of b: [n, k] as {@link #pack} left it
     * @param c address of [rows, columns(n)], its rows {@code cStride} apart
     */
    public void multiply(int rows, int n, int k, long a, long aStride, long packed, long c, long cStride) {
        int all = columns(n);
        for (int first = 0; first < all; first += kernel.panelColumns()) {
            int width = Math.min(kernel.panelColumns(), all - first);
            long b = packed + (long) first * k * Float.BYTES;
            long to = c + (long) first * Float.BYTES;
            kernel.run(rows, width, 1, k, a, aStride, 0, b, 0, 0, to, cStride, 0, 0, Clamp.NONE);
        }
    }
}
