package dev.nereid.kernels.matmul;

/** The panels of a matrix that was packed for {@code kernel}. */
record PackedPanels(PackedMatrix b, PanelKernel kernel) implements RightPanels {
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
        long next = panel + 1 < end ? kernel.packedBytes(k(), columns(panel + 1)) : 0;
        kernel.run(
                rows,
                columns(panel),
                1,
                k(),
                a,
                aStride,
                0,
                address(panel),
                address(panel + 1),
                next,
                c,
                cStride,
                s,
                sRow,
                clamp);
    }

    @Override
    public int multiplyRow(int panel, int end, long a, long c, long s, Clamp clamp) {
        int full = Math.min(end, columns() / panelColumns()) - panel;
        if (full < 2) {
            return 0;
        }
        kernel.row(full, k(), a, address(panel), c, s, clamp);
        return full;
    }

    private long address(int panel) {
        return b.address() + b.panelOffset(panel);
    }
}
