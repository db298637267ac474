package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;

/**
 * A product of floats panel by panel, shared among workers. A panel is the outer loop and stays in the L2 cache while all
 * rows pass; activation and residual follow while the panel's part of c is still in a cache.
 *
 * @param a with contiguous rows
 */
record PanelProduct(Matrix a, RightPanels b, Matrix c, Epilogue epilogue) {
    /** Multiply-adds that are worth a second worker: about 30 microseconds of one. */
    private static final long WORTH_SPLITTING = 3_000_000;

    /** Reading an element of b from beyond the caches takes as long as so many multiply-adds. */
    private static final int WORK_AN_ELEMENT = 8;

    /** Parts a worker, so that one who comes late leaves some to the others. */
    private static final int PARTS = 3;

    /** Rows below which a part has too little to do for each panel it reads. */
    private static final int FEWEST_ROWS = 48;

    void compute(Workers workers) {
        if (c.rows() == 0) {
            return;
        }
        int rows = c.rows();
        int panels = b.panels();
        int count = workers.count();
        if (count == 1 || (rows + WORK_AN_ELEMENT) * (long) c.columns() * a.columns() < WORTH_SPLITTING) {
            compute(0, panels, 0, rows);
            return;
        }
        int across = Math.min(panels, count * PARTS);
        int down = across < count ? Math.clamp(rows / FEWEST_ROWS, 1, Math.ceilDiv(count, across)) : 1;
        workers.run(across * down, part -> {
            int x = part % across;
            int y = part / across;
            compute(panels * x / across, panels * (x + 1) / across, part(rows, y, down), part(rows, y + 1, down));
        });
    }

    /** Where part {@code number} of {@code parts} begins. */
    private static int part(int length, int number, int parts) {
        return (int) ((long) length * number / parts);
    }

    /** Computes the rows [fromRow, toRow) of the panels [fromPanel, toPanel). */
    private void compute(int fromPanel, int toPanel, int fromRow, int toRow) {
        boolean adds = epilogue.addendIsRow();
        Matrix s = epilogue.addend().orElse(c);
        boolean clamps = epilogue.addend().isEmpty() || adds;
        Clamp clamp = clamps ? Clamp.of(epilogue.activation()) : Clamp.NONE;
        Epilogue rest = clamps ? epilogue.withActivation(Clamp.rest(epilogue.activation())) : epilogue;
        int panel = fromPanel;
        if (toRow - fromRow == 1) {
            int first = fromPanel * b.panelColumns();
            long addend = adds ? s.address(fromRow, first) : 0;
            int done = b.multiplyRow(panel, toPanel, a.address(fromRow, 0), c.address(fromRow, first), addend, clamp);
            b.kernel().epilogue().apply(rest, adds, c, fromRow, toRow, first, done * b.panelColumns());
            panel += done;
        }
        for (; panel < toPanel; panel++) {
            int first = panel * b.panelColumns();
            b.multiply(
                    panel,
                    toPanel,
                    toRow - fromRow,
                    a.address(fromRow, 0),
                    a.rowStride(),
                    c.address(fromRow, first),
                    c.rowStride(),
                    adds ? s.address(fromRow, first) : 0,
                    s.rowStride(),
                    clamp);
            b.kernel().epilogue().apply(rest, adds, c, fromRow, toRow, first, b.columns(panel));
        }
    }
}
