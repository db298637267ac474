package dev.nereid.kernels.matmul;

/** The right side of a product, [k, columns], as panels of a {@link PanelKernel}'s columns, of which the last may be narrower. */
sealed interface RightPanels permits PackedPanels, MatrixPanels {
    int k();

    int columns();

    /** What multiplies them. */
    PanelKernel kernel();

    default int panelColumns() {
        return kernel().panelColumns();
    }

    default int panels() {
        return Math.ceilDiv(columns(), panelColumns());
    }

    /** Columns of a panel. */
    default int columns(int panel) {
        return Math.min(panelColumns(), columns() - panel * panelColumns());
    }

    /**
     * Multiplies rows with one panel; strides are in elements, all else as in {@link PanelKernel#run}.
     *
     * @param end the panel at which the caller stops: there is no use in fetching it
     */
    void multiply(
            int panel, int end, int rows, long a, long aStride, long c, long cStride, long s, long sRow, Clamp clamp);

    /**
     * Multiplies one row with panels from {@code panel} on, as long as they are packed, full and before {@code end}, to the
     * last bit as panel by panel.
     *
     * @return how many panels that were; none if it would be a single one
     */
    int multiplyRow(int panel, int end, long a, long c, long s, Clamp clamp);
}
