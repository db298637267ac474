package dev.nereid.kernels.matmul;

/**
 * A kernel that multiplies rows of any number with one panel of a packed matrix: {@code c[r, j] = s[r, j] + sum over k of
 * a[r, k] * b[k, j]}, added in ascending k by one chain of fused multiply-adds that starts at s. Memory is given by the
 * address of its first element, strides in elements; nothing is checked. Stateless; any number of threads.
 */
public interface PanelKernel {
    /** Columns of a full panel: whole vectors of {@link #lanes} elements. */
    int panelColumns();

    /** Elements that the width of a narrower panel is rounded up to. */
    int lanes();

    /**
     * Multiplies with one panel.
     *
     * @param columns columns of c: at most {@link #panelColumns}
     * @param a [rows, k], its rows {@code aStride} apart
     * @param b [k, columns rounded up to lanes]
     * @param next what will be read next, {@code nextBytes} of it, to be brought nearer meanwhile
     * @param c [rows, columns], its rows {@code cStride} apart
     * @param s where the chains start, 0 for zeros; its rows lie {@code sRow} apart, its columns {@code sColumn}, which is 0
     *     or 1
     */
    void run(
            int rows,
            int columns,
            int k,
            long a,
            long aStride,
            long b,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            long sColumn);
}
