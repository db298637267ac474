package dev.nereid.kernels.matmul;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Addend;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Earlier;
import dev.nereid.kernels.matmul.MicroKernels.Family;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Products by generated micro-kernels over panels of columns. The panel is the outer loop and stays in the L2 cache
 * while all rows pass; activation and residual follow while the panel's part of c is still in a cache.
 */
public final class VectorMatMul implements MatMulKernels {
    /** Multiply-adds that are worth waking a second worker: about 200 microseconds of one. */
    private static final long WORTH_SPLITTING = 12_000_000;

    /** Columns of b that are worth copying a: each element of the copy is read once a panel. */
    private static final int WORTH_INTERLEAVING = 192;

    private static final long FLOAT = Float.BYTES;

    private static final Set<DataType> INTEGERS_32 = Set.of(DataType.INT32, DataType.UINT32);
    private static final Set<DataType> INTEGERS_64 = Set.of(DataType.INT64, DataType.UINT64);

    /** Bytes of a packed matrix that has hardly stayed in the L2 cache since it was last used. */
    private static final long WORTH_FETCHING = 256 << 10;

    /** Keeps the compiler from leaving out what {@link MatrixCopy#fetch} reads; of no other use. */
    @SuppressWarnings("unused")
    private int lastFetched;

    private final MicroKernels kernels;
    private final ScalarMatMul scalar = new ScalarMatMul();

    /** Kernels for the widest vectors of {@code cpu} that there are micro-kernels for. */
    public VectorMatMul(Cpu cpu) {
        this.kernels = MicroKernels.of(cpu);
    }

    @Override
    public MatMulKernels inBf16() {
        return new Bf16MatMul(new VectorBf16Kernel(), this);
    }

    @Override
    public MatMulKernels withInt8Weights(long bytes) {
        return new Int8WeightMatMul(this, bytes);
    }

    @Override
    public long packedBytes(int k, int n) {
        return (long) k * Math.ceilDiv(n, kernels.lanes()) * kernels.lanes() * FLOAT;
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        b.checkBounds();
        PackedMatrix packed = new PackedMatrix(
                memory.asSlice(0, packedBytes(b.rows(), b.columns())), b.rows(), b.columns(), panelColumns());
        for (int panel = 0; panel < packed.panels(); panel++) {
            int first = panel * panelColumns();
            int columns = Math.min(panelColumns(), b.columns() - first);
            long width = (long) Math.ceilDiv(columns, kernels.lanes()) * kernels.lanes();
            MatrixCopy.copy(b, 0, first, b.rows(), columns, memory, packed.panelOffset(panel) / FLOAT, width);
        }
        return packed;
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return interleaves(rows, b.columns()) ? (long) rows * b.rows() * FLOAT : 0;
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        ProductChecks.checkPacked(b, DataType.FP32, panelColumns(), packedBytes(b.rows(), b.columns()));
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        long interleaved = 0;
        if (interleaves(a.rows(), b.columns())) {
            interleaved = scratch.asSlice(0, scratchBytes(a.rows(), b)).address();
            int rows = MicroKernels.INTERLEAVED;
            for (int row = 0; row + rows <= a.rows(); row += rows) {
                long to = interleaved + row * (long) a.columns() * FLOAT;
                MatrixCopy.interleave(a.address(row, 0), a.rowStride() * FLOAT, to, a.columns());
            }
        }
        split(new Product(a, interleaved, b.address(), 0, true, c, epilogue), b.panels(), workers);
    }

    private boolean interleaves(int rows, int columns) {
        return kernels.interleaves() && rows >= MicroKernels.INTERLEAVED && columns >= WORTH_INTERLEAVING;
    }

    @Override
    public long scratchBytes(Matrix a, Matrix b) {
        return (a.hasContiguousRows() ? 0 : aligned((long) a.rows() * a.columns() * FLOAT))
                + (b.hasContiguousRows() ? 0 : packedBytes(b.rows(), b.columns()));
    }

    @Override
    public void multiply(Matrix a, Matrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        b.checkBounds();
        Matrix left = a;
        MemorySegment free = scratch;
        if (!a.hasContiguousRows()) {
            left = Matrix.of(scratch, a.rows(), a.columns());
            MatrixCopy.copy(a, 0, 0, a.rows(), a.columns(), scratch, 0, a.columns());
            free = scratch.asSlice(aligned((long) a.rows() * a.columns() * FLOAT));
        }
        int panels = Math.ceilDiv(b.columns(), panelColumns());
        if (b.hasContiguousRows()) {
            split(new Product(left, 0, b.address(0, 0), b.rowStride() * FLOAT, false, c, epilogue), panels, workers);
        } else {
            PackedMatrix packed = pack(b, free);
            split(new Product(left, 0, packed.address(), 0, true, c, epilogue), panels, workers);
        }
    }

    @Override
    public void multiplyEach(MatrixBatch a, MatrixBatch b, MatrixBatch c, MemorySegment scratch, Workers workers) {
        SmallProducts products = new SmallProducts(kernels, a, b, c);
        if (!products.areSmall(panelColumns())) {
            MatMulKernels.super.multiplyEach(a, b, c, scratch, workers);
            return;
        }
        products.check();
        int parts = products.work() < WORTH_SPLITTING ? 1 : Math.min(workers.count(), c.size());
        if (parts == 1) {
            products.run(0, c.size());
        } else {
            int size = c.size();
            workers.run(
                    parts,
                    part -> products.run((int) ((long) size * part / parts), (int) ((long) size * (part + 1) / parts)));
        }
    }

    @Override
    public void multiply(DataType type, Matrix a, Matrix b, Matrix c) {
        boolean contiguous = b.hasContiguousRows() && c.hasContiguousRows();
        if (type == DataType.FP64 && DoubleProducts.fit(a, b, c)) {
            DoubleProducts.multiply(a, b, c);
        } else if (INTEGERS_32.contains(type) && contiguous) {
            IntProducts.multiply(a, b, c);
        } else if (INTEGERS_64.contains(type) && contiguous) {
            LongProducts.multiply(a, b, c);
        } else {
            scalar.multiply(type, a, b, c);
        }
    }

    @Override
    public void scaleAndAdd(DataType type, float alpha, Matrix c, float beta, Optional<Matrix> addend) {
        boolean adds = type == DataType.FP64 && alpha == 1 && beta == 1 && c.columnStride() == 1;
        if (adds && addend.isPresent() && addend.get().columnStride() == 1) {
            DoubleProducts.add(c, addend.get());
        } else {
            scalar.scaleAndAdd(type, alpha, c, beta, addend);
        }
    }

    @Override
    public void contract(DataType type, Contraction contraction, List<MemorySegment> inputs, MemorySegment y) {
        scalar.contract(type, contraction, inputs, y);
    }

    private int panelColumns() {
        return kernels.panelVectors() * kernels.lanes();
    }

    private void split(Product product, int panels, Workers workers) {
        int rows = product.c().rows();
        int columns = product.c().columns();
        long work = (long) rows * columns * product.a().columns();
        int count = workers.count();
        if (count == 1 || work < WORTH_SPLITTING) {
            run(product, 0, panels, 0, rows);
        } else if (panels >= count) {
            workers.run(panels, panel -> run(product, panel, panel + 1, 0, rows));
        } else {
            int tile = MicroKernels.INTERLEAVED;
            int band = Math.ceilDiv(Math.ceilDiv(rows, count), tile) * tile;
            workers.run(
                    Math.ceilDiv(rows, band), i -> run(product, 0, panels, i * band, Math.min(rows, (i + 1) * band)));
        }
    }

    /** Computes the rows [fromRow, toRow) of the panels [fromPanel, toPanel). */
    private void run(Product product, int fromPanel, int toPanel, int fromRow, int toRow) {
        Matrix c = product.c();
        int k = product.a().columns();
        for (int panel = fromPanel; panel < toPanel; panel++) {
            int first = panel * panelColumns();
            int columns = Math.min(panelColumns(), c.columns() - first);
            if (product.packed() && k * (long) c.columns() * FLOAT >= WORTH_FETCHING) {
                long b = product.b() + first * (k * FLOAT);
                lastFetched = MatrixCopy.fetch(b, k * columns);
            }
            int fromK = 0;
            do {
                int toK = Math.min(k, fromK + CHAIN);
                tiles(product, fromRow, toRow, first, columns, fromK, toK);
                fromK = toK;
            } while (fromK < k);
            Epilogue epilogue = product.epilogue();
            boolean added = epilogue.addendIsRow() || epilogue.addendIsColumn();
            VectorEpilogue.INSTANCE.apply(epilogue, added, c, fromRow, toRow, first, columns);
        }
    }

    /** Adds up [fromK, toK) for rows of the panel whose first column is {@code first}. */
    private void tiles(Product product, int fromRow, int toRow, int first, int columns, int fromK, int toK) {
        Matrix a = product.a();
        Matrix c = product.c();
        Addend addend = product.addend(toK);
        Matrix s = addend == Addend.NONE ? c : product.epilogue().addend().orElseThrow();
        int vectors = Math.ceilDiv(columns, kernels.lanes());
        int tail = columns % kernels.lanes();
        boolean interleaved = product.interleaved() != 0;
        Earlier earlier = fromK > 0 ? Earlier.ADDED : Earlier.NONE;
        Family family = kernels.family(vectors, earlier, addend, tail != 0, product.packed(), interleaved);
        long bStride = product.packed() ? (long) vectors * kernels.lanes() * FLOAT : product.bStride();
        long b = product.b() + first * (product.packed() ? a.columns() * FLOAT : FLOAT) + fromK * bStride;
        int number = 0;
        for (int row = fromRow; row < toRow; row += family.height(number)) {
            number = family.tallest(toRow - row);
            boolean tall = interleaved && family.height(number) == MicroKernels.INTERLEAVED;
            family.kernel(number)
                    .run(
                            toK - fromK,
                            tail,
                            tall ? product.interleaved(row, fromK) : a.address(row, fromK),
                            a.rowStride() * FLOAT,
                            b,
                            bStride,
                            c.address(row, first),
                            c.rowStride() * FLOAT,
                            s.address(row, first),
                            s.rowStride() * FLOAT);
        }
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64;
    }

    /**
     * A product after its preparation: a with contiguous rows, b packed or with contiguous rows.
     *
     * @param interleaved address of a's rows, those of each tile interleaved; 0 if they are not
     * @param b address of b
     * @param bStride bytes between rows of b, if it is not packed
     */
    private record Product(
            Matrix a, long interleaved, long b, long bStride, boolean packed, Matrix c, Epilogue epilogue) {

        /** Address of the interleaved rows from {@code row} on, from column {@code k} on. */
        long interleaved(int row, int k) {
            return interleaved + ((long) row * a.columns() + (long) k * MicroKernels.INTERLEAVED) * FLOAT;
        }

        /** What is added to the sums up to {@code toK}: a row or a column, to the last ones. */
        Addend addend(int toK) {
            if (toK < a.columns()) {
                return Addend.NONE;
            }
            return epilogue.addendIsRow() ? Addend.ROW : epilogue.addendIsColumn() ? Addend.COLUMN : Addend.NONE;
        }
    }
}
