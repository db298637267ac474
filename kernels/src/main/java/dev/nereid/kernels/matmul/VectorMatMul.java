package dev.nereid.kernels.matmul;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MicroKernels.Family;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Products by generated micro-kernels over panels of columns. The panel is the outer loop and stays in the L2 cache
 * while all rows pass; activation and residual follow while the panel's part of c is still in a cache.
 */
public final class VectorMatMul implements MatMulKernels {
    /** Rows of a block of a panel: 256 KiB of it at most, so that it stays in the L2 cache beside a and c. */
    private static final int BLOCK_BYTES = 256 << 10;

    /** Multiply-adds that are worth waking a second worker: about 200 microseconds of one. */
    private static final long WORTH_SPLITTING = 12_000_000;

    /** Rows in whose multiples a product is split. */
    private static final int TALLEST = 6;

    private static final long FLOAT = Float.BYTES;

    private final MicroKernels kernels;
    private final ScalarMatMul scalar = new ScalarMatMul();

    /** Kernels for the widest vectors of {@code cpu} that there are micro-kernels for. */
    public VectorMatMul(Cpu cpu) {
        int bits = cpu.vectorBits();
        this.kernels = new MicroKernels(bits >= 512 ? 512 : bits >= 256 ? 256 : 128);
    }

    @Override
    public long packedBytes(int k, int n) {
        return (long) k * Math.ceilDiv(n, kernels.lanes()) * kernels.lanes() * FLOAT;
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        PackedMatrix packed = new PackedMatrix(memory, b.rows(), b.columns(), panelColumns());
        for (int panel = 0; panel < packed.panels(); panel++) {
            int first = panel * panelColumns();
            int columns = Math.min(panelColumns(), b.columns() - first);
            long width = (long) Math.ceilDiv(columns, kernels.lanes()) * kernels.lanes();
            Copying.copy(b, 0, first, b.rows(), columns, memory, packed.panelOffset(panel) / FLOAT, width);
        }
        return packed;
    }

    @Override
    public void multiply(Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, Workers workers) {
        Product.check(a, b.rows(), b.columns(), c, epilogue);
        split(new Product(a, b.segment(), 0, 0, true, c, epilogue), b.panels(), workers);
    }

    @Override
    public long scratchBytes(Matrix a, Matrix b) {
        return (a.hasContiguousRows() ? 0 : aligned((long) a.rows() * a.columns() * FLOAT))
                + (b.hasContiguousRows() ? 0 : packedBytes(b.rows(), b.columns()));
    }

    @Override
    public void multiply(Matrix a, Matrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        Product.check(a, b.rows(), b.columns(), c, epilogue);
        Matrix left = a;
        MemorySegment free = scratch;
        if (!a.hasContiguousRows()) {
            left = Matrix.of(scratch, a.rows(), a.columns());
            Copying.copy(a, 0, 0, a.rows(), a.columns(), scratch, 0, a.columns());
            free = scratch.asSlice(aligned((long) a.rows() * a.columns() * FLOAT));
        }
        int panels = Math.ceilDiv(b.columns(), panelColumns());
        if (b.hasContiguousRows()) {
            split(
                    new Product(left, b.segment(), b.offset() * FLOAT, b.rowStride() * FLOAT, false, c, epilogue),
                    panels,
                    workers);
        } else {
            PackedMatrix packed = pack(b, free);
            split(new Product(left, packed.segment(), 0, 0, true, c, epilogue), panels, workers);
        }
    }

    @Override
    public void multiply(DataType type, Matrix a, Matrix b, Matrix c) {
        scalar.multiply(type, a, b, c);
    }

    @Override
    public void scaleAndAdd(DataType type, float alpha, Matrix c, float beta, Optional<Matrix> addend) {
        scalar.scaleAndAdd(type, alpha, c, beta, addend);
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
            int band = Math.ceilDiv(Math.ceilDiv(rows, count), TALLEST) * TALLEST;
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
            int vectors = Math.ceilDiv(columns, kernels.lanes());
            int tail = columns % kernels.lanes();
            long bStride = product.packed() ? (long) vectors * kernels.lanes() * FLOAT : product.bStride();
            long b = product.bOffset() + first * (product.packed() ? k * FLOAT : FLOAT);
            int block = Math.max(1, BLOCK_BYTES / (panelColumns() * Float.BYTES));
            boolean copiesAddend = product.epilogue().addend().isPresent()
                    && !product.epilogue().addend().get().hasContiguousRows();
            if (copiesAddend) {
                Copying.copy(product.epilogue().addend().get(), c, fromRow, toRow, first, columns);
            }
            int from = 0;
            do {
                int depth = Math.min(block, k - from);
                boolean fromZero = from == 0 && product.epilogue().addend().isEmpty();
                Family family = kernels.family(vectors, fromZero, tail != 0, product.packed());
                Matrix s = from == 0 && !copiesAddend ? product.epilogue().addend().orElse(c) : c;
                tiles(product, family, fromRow, toRow, from, depth, b + from * bStride, bStride, s, first, tail);
                from += depth;
            } while (from < k);
            Epilogues.apply(product.epilogue(), c, fromRow, toRow, first, columns);
        }
    }

    private static void tiles(
            Product product,
            Family family,
            int fromRow,
            int toRow,
            int fromK,
            int depth,
            long bOffset,
            long bStride,
            Matrix s,
            int column,
            int tail) {
        Matrix a = product.a();
        Matrix c = product.c();
        int number = 0;
        for (int row = fromRow; row < toRow; row += family.height(number)) {
            number = family.tallest(toRow - row);
            family.kernel(number)
                    .run(
                            depth,
                            tail,
                            a.segment(),
                            a.index(row, fromK) * FLOAT,
                            a.rowStride() * FLOAT,
                            product.b(),
                            bOffset,
                            bStride,
                            c.segment(),
                            c.index(row, column) * FLOAT,
                            c.rowStride() * FLOAT,
                            s.segment(),
                            s.index(row, column) * FLOAT,
                            s.rowStride() * FLOAT);
        }
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64;
    }

    /** A product after its preparation: a with contiguous rows, b packed or with contiguous rows; b's place in bytes. */
    private record Product(
            Matrix a, MemorySegment b, long bOffset, long bStride, boolean packed, Matrix c, Epilogue epilogue) {

        static void check(Matrix a, int k, int n, Matrix c, Epilogue epilogue) {
            if (a.columns() != k || c.rows() != a.rows() || c.columns() != n || !c.hasContiguousRows()) {
                throw new IllegalArgumentException("a product of [" + a.rows() + "," + a.columns() + "] and [" + k + ","
                        + n + "] into [" + c.rows() + "," + c.columns() + "]");
            }
            epilogue.addend().ifPresent(addend -> checkLike(addend, c));
            epilogue.residual().ifPresent(residual -> checkLike(residual, c));
            if (epilogue.residual().isPresent() && !epilogue.residual().get().hasContiguousRows()) {
                throw new IllegalArgumentException("a residual whose rows are not contiguous");
            }
        }

        private static void checkLike(Matrix matrix, Matrix c) {
            if (matrix.rows() != c.rows() || matrix.columns() != c.columns()) {
                throw new IllegalArgumentException("a [" + matrix.rows() + "," + matrix.columns()
                        + "] to add to a product of [" + c.rows() + "," + c.columns() + "]");
            }
        }
    }
}
