package dev.nereid.kernels.matmul;

/**
 * A kernel that multiplies rows of any number with one panel of a packed matrix: {@code c[r, j] = clamp(sum over p of
 * a[r, p] * b[p, j] + s[r, j])}, s last, so that a large s costs one rounding; where s is c itself, the sums are added to what c
 * holds. A row of a is some runs of elements that lie next to each other; p counts them all. Memory is given by the address
 * of its first element, strides in elements; nothing is checked. Stateless; any number of threads.
 *
 * <p>At most {@link MatMulKernels#CHAIN} products in all, where s is not c, are one chain of fused multiply-adds in ascending p
 * that starts at zero. Otherwise each run is cut after every {@code CHAIN} elements, each piece is such a chain, and they are
 * added one after the other.
 *
 * <p>An element is a float; in kernels for bf16, a pair of bf16 that follow each other in a row of a or a column of b, the
 * first in the low half of four bytes, whose products are added second element first; all of an element of c are one chain, which starts at what c holds where s
 * is c.
 */
public interface PanelKernel {
    /** Columns of a full panel: whole vectors of {@link #lanes} elements. */
    int panelColumns();

    /** Elements that the width of a narrower panel is rounded up to. */
    int lanes();

    /** Columns rounded up to {@link #lanes}: how far apart the rows of a packed panel of so many columns lie. */
    default int padded(int columns) {
        return Math.ceilDiv(columns, lanes()) * lanes();
    }

    /** What follows on its sums. */
    default EpilogueKernel epilogue() {
        return VectorEpilogue.INSTANCE;
    }

    /** Bytes of a packed matrix of k rows and n columns. */
    default long packedBytes(int k, int n) {
        return (long) k * padded(n) * Float.BYTES;
    }

    /**
     * Multiplies with one panel.
     *
     * @param columns columns of c: at most {@link #panelColumns}
     * @param runs runs of a row of a, {@code runStride} apart
     * @param k elements of a run
     * @param a [rows, runs, k], its rows {@code aStride} apart
     * @param b [runs, k, columns rounded up to lanes]
     * @param next what will be read next, {@code nextBytes} of it, to be brought nearer meanwhile
     * @param c [rows, columns], its rows {@code cStride} apart
     * @param s [rows, columns] what is added to the sums, 0 for nothing; its rows lie {@code sRow} apart. If s is c, and sRow
     *     cStride, the sums are added to what it holds instead
     * @param clamp what the sums are clamped to
     */
    void run(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp);

    /**
     * Multiplies one row with full panels that follow each other, to the last bit as panel by panel.
     *
     * @param k elements of the row
     * @param a [k]
     * @param b [panels, k, {@link #panelColumns}]
     * @param c [panels * panelColumns]
     * @param s [panels * panelColumns] what is added to the sums, 0 for nothing; not c
     */
    default void row(int panels, int k, long a, long b, long c, long s, Clamp clamp) {
        int columns = panelColumns();
        for (int panel = 0; panel < panels; panel++) {
            long first = (long) panel * columns * Float.BYTES;
            run(1, columns, 1, k, a, k, 0, b + first * k, 0, 0, c + first, 0, s == 0 ? 0 : s + first, 0, clamp);
        }
    }
}
