package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products with packed matrices by a {@link PanelKernel}; everything else is left to other kernels. A panel is the outer
 * loop and stays in the L2 cache while all rows pass; activation and residual follow while the panel's part of c is
 * still in a cache.
 */
public final class PanelMatMul extends PackedProducts {
    /** Multiply-adds that are worth waking a second worker: about 200 microseconds of one. */
    private static final long WORTH_SPLITTING = 12_000_000;

    /** Parts a worker, so that one who comes late leaves some to the others. */
    private static final int PARTS = 3;

    /** Rows below which a part has too little to do for each panel it reads. */
    private static final int FEWEST_ROWS = 48;

    private final PanelKernel kernel;
    private final Optional<PanelKernel> bf16;
    private final MatMulKernels others;

    /**
     * Products by {@code kernel}.
     *
     * @param bf16 multiplies pairs of bf16 (see {@link Bf16MatMul}); without, that is left to {@code others} too
     */
    public PanelMatMul(PanelKernel kernel, Optional<PanelKernel> bf16, MatMulKernels others) {
        super(others);
        this.kernel = kernel;
        this.bf16 = bf16;
        this.others = others;
    }

    @Override
    public MatMulKernels inBf16() {
        return bf16.<MatMulKernels>map(pairs -> new Bf16MatMul(pairs, others)).orElseGet(others::inBf16);
    }

    @Override
    public long packedBytes(int k, int n) {
        return (long) k * padded(n) * Float.BYTES;
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        b.checkBounds();
        PackedMatrix packed = laidOut(memory, b.rows(), b.columns());
        for (int panel = 0; panel < packed.panels(); panel++) {
            int first = panel * kernel.panelColumns();
            int columns = columns(packed, first);
            Copying.copy(
                    b, 0, first, b.rows(), columns, memory, packed.panelOffset(panel) / Float.BYTES, padded(columns));
        }
        return packed;
    }

    /** A packed matrix in {@code memory} whose elements are yet to be written. */
    PackedMatrix laidOut(MemorySegment memory, int k, int n) {
        return new PackedMatrix(memory.asSlice(0, packedBytes(k, n)), k, n, kernel.panelColumns());
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return 0;
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        ProductChecks.checkPacked(b, DataType.FP32, kernel.panelColumns(), packedBytes(b.rows(), b.columns()));
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        ProductChecks.checkContiguousRows(a);
        if (c.rows() == 0) {
            return;
        }
        int rows = c.rows();
        int panels = b.panels();
        int count = workers.count();
        if (count == 1 || (long) rows * c.columns() * a.columns() < WORTH_SPLITTING) {
            run(a, b, c, epilogue, 0, panels, 0, rows);
            return;
        }
        int across = Math.min(panels, count * PARTS);
        int down = across < count ? Math.clamp(rows / FEWEST_ROWS, 1, Math.ceilDiv(count, across)) : 1;
        workers.run(across * down, part -> {
            int x = part % across;
            int y = part / across;
            run(
                    a,
                    b,
                    c,
                    epilogue,
                    panels * x / across,
                    panels * (x + 1) / across,
                    part(rows, y, down),
                    part(rows, y + 1, down));
        });
    }

    /** Where part {@code number} of {@code parts} begins. */
    private static int part(int length, int number, int parts) {
        return (int) ((long) length * number / parts);
    }

    /** Computes the rows [fromRow, toRow) of the panels [fromPanel, toPanel). */
    private void run(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, int fromPanel, int toPanel, int fromRow, int toRow) {
        boolean starts = epilogue.addendIsRow();
        Matrix s = epilogue.addend().orElse(c);
        boolean clamps = epilogue.addend().isEmpty() || starts;
        Clamp clamp = clamps ? Clamp.of(epilogue.activation()) : Clamp.NONE;
        Epilogue rest = clamps ? epilogue.withActivation(Clamp.rest(epilogue.activation())) : epilogue;
        int panelsInRow = toRow - fromRow == 1 ? fullPanels(b, fromPanel, toPanel) : 0;
        if (panelsInRow > 1) {
            int first = fromPanel * kernel.panelColumns();
            kernel.row(
                    panelsInRow,
                    b.rows(),
                    a.address(fromRow, 0),
                    b.address() + b.panelOffset(fromPanel),
                    c.address(fromRow, first),
                    starts ? s.address(fromRow, first) : 0,
                    clamp);
            Epilogues.apply(rest, starts, c, fromRow, toRow, first, panelsInRow * kernel.panelColumns());
        }
        for (int panel = panelsInRow > 1 ? fromPanel + panelsInRow : fromPanel; panel < toPanel; panel++) {
            int first = panel * kernel.panelColumns();
            int columns = columns(b, first);
            int next = panel + 1 < toPanel ? columns(b, first + kernel.panelColumns()) : 0;
            kernel.run(
                    toRow - fromRow,
                    columns,
                    1,
                    b.rows(),
                    a.address(fromRow, 0),
                    a.rowStride(),
                    0,
                    b.address() + b.panelOffset(panel),
                    b.address() + b.panelOffset(panel + 1),
                    packedBytes(b.rows(), next),
                    c.address(fromRow, first),
                    c.rowStride(),
                    starts ? s.address(fromRow, first) : 0,
                    s.rowStride(),
                    clamp);
            Epilogues.apply(rest, starts, c, fromRow, toRow, first, columns);
        }
    }

    /** Panels without an edge among [fromPanel, toPanel). */
    private int fullPanels(PackedMatrix b, int fromPanel, int toPanel) {
        return Math.max(0, Math.min(toPanel, b.columns() / kernel.panelColumns()) - fromPanel);
    }

    /** Columns of the panel whose first column is {@code first}. */
    private int columns(PackedMatrix b, int first) {
        return Math.min(kernel.panelColumns(), b.columns() - first);
    }

    /** Columns rounded up to whole vectors. */
    int padded(int columns) {
        return Math.ceilDiv(columns, kernel.lanes()) * kernel.lanes();
    }
}
