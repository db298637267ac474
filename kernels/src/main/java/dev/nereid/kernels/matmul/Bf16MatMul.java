package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * Products of bf16 with packed matrices. Two elements that follow each other in k make a pair of four bytes, so that a
 * product of pairs is laid out, cut into panels and shared among workers as one of floats of half as many k: the packed
 * matrix holds pairs once and for all, and the rows of the left side are rounded to pairs in scratch memory.
 */
public final class Bf16MatMul extends PackedProducts {
    /** Elements that are worth waking a second worker to round them: about 50 microseconds of one. */
    private static final long WORTH_SPLITTING = 500_000;

    private final PanelKernel kernel;

    /**
     * Products by {@code kernel}.
     *
     * @param kernel multiplies pairs of bf16
     * @param others for everything that is not packed
     */
    public Bf16MatMul(PanelKernel kernel, MatMulKernels others) {
        super(others);
        this.kernel = kernel;
    }

    @Override
    public MatMulKernels inBf16() {
        return this;
    }

    @Override
    public boolean multipliesFloats(int k, int n) {
        return false;
    }

    @Override
    public long packedBytes(int k, int n) {
        return kernel.packedBytes(pairs(k), n);
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        b.checkBounds();
        MemorySegment panels = memory.asSlice(0, packedBytes(b.rows(), b.columns()));
        PackedMatrix packed = new PackedMatrix(panels, pairs(b.rows()), b.columns(), kernel.panelColumns());
        for (int panel = 0; panel < packed.panels(); panel++) {
            int first = panel * packed.panelColumns();
            int columns = Math.min(packed.panelColumns(), b.columns() - first);
            int width = kernel.padded(columns);
            Bf16Pairs.packPanel(b, first, columns, packed.address() + packed.panelOffset(panel), width);
        }
        return new PackedMatrix(packed.segment(), DataType.BF16, b.rows(), b.columns(), packed.panelColumns());
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return (long) rows * pairs(b.rows()) * Bf16Pairs.BYTES;
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        ProductChecks.checkPacked(b, DataType.BF16, kernel.panelColumns(), packedBytes(b.rows(), b.columns()));
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        ProductChecks.checkContiguousRows(a);
        int k = pairs(b.rows());
        Matrix rows = Matrix.of(scratch.asSlice(0, scratchBytes(a.rows(), b)), a.rows(), k);
        round(a, rows, workers);
        PackedMatrix columns = new PackedMatrix(b.segment(), k, b.columns(), b.panelColumns());
        new PanelProduct(rows, new PackedPanels(columns, kernel), c, epilogue).compute(workers);
    }

    private static void round(Matrix a, Matrix pairs, Workers workers) {
        int parts = (long) a.rows() * a.columns() < WORTH_SPLITTING ? 1 : workers.count();
        if (parts == 1) {
            round(a, pairs, 0, a.rows());
        } else {
            workers.run(
                    parts,
                    part -> round(a, pairs, (int) ((long) a.rows() * part / parts), (int)
                            ((long) a.rows() * (part + 1) / parts)));
        }
    }

    /** Rounds the rows [from, to); a zero completes the last pair of an odd row. */
    private static void round(Matrix a, Matrix pairs, int from, int to) {
        for (int row = from; row < to; row++) {
            Bf16Pairs.roundRow(a.address(row, 0), pairs.address(row, 0), a.columns());
        }
    }

    /** Pairs in {@code k} elements. */
    private static int pairs(int k) {
        return Math.ceilDiv(k, 2);
    }
}
