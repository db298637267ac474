package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products of floats by a {@link FloatPanelKernel}, and of doubles by a {@link DoubleKernel}; those of other datatypes are left
 * to other kernels.
 */
public final class PanelMatMul extends PackedProducts {
    /** Multiply-adds of a product of a batch up to which the way to the kernel takes longer than what it gains. */
    private static final long TINY = 1 << 15;

    private final FloatPanelKernel kernel;
    private final Optional<PanelKernel> bf16;
    private final DoubleKernel doubles;
    private final MatMulKernels others;

    /**
     * Products by {@code kernel}.
     *
     * @param bf16 multiplies pairs of bf16 (see {@link Bf16MatMul}); without, that is left to {@code others} too
     * @param doubles multiplies doubles
     */
    public PanelMatMul(
            FloatPanelKernel kernel, Optional<PanelKernel> bf16, DoubleKernel doubles, MatMulKernels others) {
        super(others);
        this.kernel = kernel;
        this.bf16 = bf16;
        this.doubles = doubles;
        this.others = others;
    }

    @Override
    public void multiply(DataType type, Matrix a, Matrix b, Matrix c) {
        // One row has too few chains of additions in a tile.
        boolean suits = c.rows() > 1 && b.columnStride() == 1 && c.columnStride() == 1;
        if (type != DataType.FP64 || !suits) {
            others.multiply(type, a, b, c);
            return;
        }
        a.checkBounds(Double.BYTES);
        b.checkBounds(Double.BYTES);
        c.checkBounds(Double.BYTES);
        doubles.run(
                c.rows(),
                c.columns(),
                a.columns(),
                address(a),
                a.rowStride(),
                a.columnStride(),
                address(b),
                b.rowStride(),
                address(c),
                c.rowStride());
    }

    /** Where the elements of a matrix of doubles begin. */
    private static long address(Matrix matrix) {
        return matrix.segment().address() + matrix.offset() * Double.BYTES;
    }

    @Override
    public MatMulKernels inBf16() {
        return bf16.<MatMulKernels>map(pairs -> new Bf16MatMul(pairs, this)).orElseGet(others::inBf16);
    }

    @Override
    public long packedBytes(int k, int n) {
        return kernel.packedBytes(k, n);
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        b.checkBounds();
        MemorySegment panels = memory.asSlice(0, packedBytes(b.rows(), b.columns()));
        PackedMatrix packed = new PackedMatrix(panels, b.rows(), b.columns(), kernel.panelColumns());
        if (b.rowStride() == 1) {
            kernel.packTransposed(b.transposed(), kernel.padded(b.columns()), panels);
            return packed;
        }
        for (int panel = 0; panel < packed.panels(); panel++) {
            int first = panel * kernel.panelColumns();
            int columns = Math.min(kernel.panelColumns(), b.columns() - first);
            long to = packed.panelOffset(panel) / Float.BYTES;
            MatrixCopy.copy(b, 0, first, b.rows(), columns, memory, to, kernel.padded(columns));
        }
        return packed;
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
        new PanelProduct(a, new PackedPanels(b, kernel), c, epilogue).compute(workers);
    }

    @Override
    public long scratchBytes(Matrix a, Matrix b) {
        return rightBytes(b) + (a.hasContiguousRows() ? 0 : (long) a.rows() * a.columns() * Float.BYTES);
    }

    @Override
    public void multiply(Matrix a, Matrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        b.checkBounds();
        RightPanels right = b.hasContiguousRows()
                ? MatrixPanels.of(b, scratch, kernel)
                : new PackedPanels(pack(b, scratch), kernel);
        new PanelProduct(dense(a, scratch, rightBytes(b)), right, c, epilogue).compute(workers);
    }

    @Override
    public void multiplyEach(MatrixBatch a, MatrixBatch b, MatrixBatch c, MemorySegment scratch, Workers workers) {
        Matrix left = a.first();
        Matrix right = b.first();
        boolean tiny = (long) left.rows() * left.columns() * right.columns() <= TINY;
        // The others need no scratch memory for contiguous rows, and must not count on what there is for this one.
        if (tiny && left.hasContiguousRows() && right.hasContiguousRows()) {
            others.multiplyEach(a, b, c, MemorySegment.NULL, workers);
            return;
        }
        for (int i = 0; i < c.size(); i++) {
            multiply(a.get(i), b.get(i), c.get(i), Epilogue.NONE, scratch, workers);
        }
    }

    /** Bytes of the scratch memory that is for b. */
    private long rightBytes(Matrix b) {
        return b.hasContiguousRows()
                ? MatrixPanels.scratchBytes(b.rows(), b.columns(), kernel)
                : packedBytes(b.rows(), b.columns());
    }

    /** The left side with contiguous rows, if need be copied to the scratch memory from {@code offset} on. */
    private static Matrix dense(Matrix a, MemorySegment scratch, long offset) {
        if (a.hasContiguousRows()) {
            return a;
        }
        long first = offset / Float.BYTES;
        MatrixCopy.copy(a, 0, 0, a.rows(), a.columns(), scratch, first, a.columns());
        return Matrix.of(scratch, first, a.rows(), a.columns());
    }
}
