package dev.nereid.kernels.matmul;

import java.lang.foreign.MemorySegment;

/**
 * The panels of a matrix as it lies. Only a last panel that ends within a vector is packed, for a kernel reads whole vectors.
 * Bounds of what is multiplied are the caller's to check.
 *
 * @param b [k, columns], with contiguous rows
 * @param whole panels that are read as they lie
 * @param rest the columns behind them
 */
public record MatrixPanels(Matrix b, int whole, PackedPanels rest, FloatPanelKernel kernel) implements RightPanels {
    /** Bytes of scratch memory for the panels of a matrix of k rows and n columns. */
    public static long scratchBytes(int k, int n, PanelKernel kernel) {
        return kernel.packedBytes(k, packedColumns(n, kernel));
    }

    /**
     * The panels of a matrix.
     *
     * @param b with contiguous rows
     * @param scratch memory of {@link #scratchBytes} with any content, used as long as the panels are
     */
    public static MatrixPanels of(Matrix b, MemorySegment scratch, FloatPanelKernel kernel) {
        int packed = packedColumns(b.columns(), kernel);
        int first = b.columns() - packed;
        if (packed > 0) {
            MatrixCopy.copy(b, 0, first, b.rows(), packed, scratch, 0, kernel.padded(packed));
        }
        PackedMatrix rest = new PackedMatrix(scratch, b.rows(), packed, kernel.panelColumns());
        return new MatrixPanels(b, Math.ceilDiv(first, kernel.panelColumns()), new PackedPanels(rest, kernel), kernel);
    }

    /** Columns of the last panel, if it ends within a vector. */
    private static int packedColumns(int n, PanelKernel kernel) {
        return n % kernel.lanes() == 0 ? 0 : n % kernel.panelColumns();
    }

    /**
     * Multiplies rows with the whole matrix.
     *
     * @param a address of [rows, k], its rows {@code aStride} elements apart
     * @param c address of [rows, columns], its rows {@code cStride} elements apart
     */
    public void multiply(int rows, long a, long aStride, long c, long cStride) {
        int panels = panels();
        for (int panel = 0; panel < panels; panel++) {
            long to = c + (long) panel * panelColumns() * Float.BYTES;
            multiply(panel, panels, rows, a, aStride, to, cStride, 0, 0, Clamp.NONE);
        }
    }

    @Override
    public int k() {
        return b.rows();
    }

    @Override
    public int columns() {
        return b.columns();
    }

    @Override
    public void multiply(
            int panel, int end, int rows, long a, long aStride, long c, long cStride, long s, long sRow, Clamp clamp) {
        if (panel < whole) {
            long columns = b.address(0, panel * panelColumns());
            kernel.runUnpacked(
                    rows, columns(panel), k(), a, aStride, columns, b.rowStride(), c, cStride, s, sRow, clamp);
        } else {
            rest.multiply(panel - whole, end - whole, rows, a, aStride, c, cStride, s, sRow, clamp);
        }
    }

    @Override
    public int multiplyRow(int panel, int end, long a, long c, long s, Clamp clamp) {
        return 0;
    }
}
