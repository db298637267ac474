package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * Products with large packed matrices held in int8, a scale a column, by {@link VectorInt8Weights}; everything else is left
 * to other kernels. Panels are full, zeros fill the last one; the scales follow the panels.
 */
final class Int8WeightMatMul extends PackedProducts {
    private final MatMulKernels others;
    private final long bytes;

    /** @param bytes that the floats of a matrix take at most if it is left to {@code others} */
    Int8WeightMatMul(MatMulKernels others, long bytes) {
        super(others);
        this.others = others;
        this.bytes = bytes;
    }

    @Override
    public MatMulKernels inBf16() {
        return new Int8WeightMatMul(others.inBf16(), bytes);
    }

    @Override
    public MatMulKernels withInt8Weights(long other) {
        return new Int8WeightMatMul(others, other);
    }

    private boolean isLarge(int k, int n) {
        return (long) Float.BYTES * k * n > bytes;
    }

    @Override
    public long packedBytes(int k, int n) {
        return isLarge(k, n)
                ? VectorInt8Weights.panelBytes(k) * panels(n)
                        + (long) Float.BYTES * panels(n) * VectorInt8Weights.COLUMNS
                : others.packedBytes(k, n);
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        if (!isLarge(b.rows(), b.columns())) {
            return others.pack(b, memory);
        }
        b.checkBounds();
        PackedMatrix packed = new PackedMatrix(
                memory.asSlice(0, packedBytes(b.rows(), b.columns())),
                DataType.INT8,
                b.rows(),
                b.columns(),
                VectorInt8Weights.COLUMNS);
        long rows = (long) Math.ceilDiv(b.rows(), VectorInt8Weights.QUAD) * VectorInt8Weights.QUAD;
        try (NativeMemory copy = NativeMemory.allocate(rows * VectorInt8Weights.COLUMNS * Float.BYTES)) {
            for (int panel = 0; panel < packed.panels(); panel++) {
                int first = panel * VectorInt8Weights.COLUMNS;
                int columns = Math.min(VectorInt8Weights.COLUMNS, b.columns() - first);
                if (columns < VectorInt8Weights.COLUMNS) {
                    copy.segment().fill((byte) 0);
                }
                Copying.copy(b, 0, first, b.rows(), columns, copy.segment(), 0, VectorInt8Weights.COLUMNS);
                long from = copy.segment().address();
                VectorInt8Weights.packPanel(b.rows(), from, panel(packed, panel), scales(packed, panel));
            }
        }
        return packed;
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return b.elements() == DataType.INT8 ? 0 : others.scratchBytes(rows, b);
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        if (b.elements() != DataType.INT8) {
            others.multiply(a, b, c, epilogue, scratch, workers);
            return;
        }
        ProductChecks.checkPacked(b, DataType.INT8, VectorInt8Weights.COLUMNS, packedBytes(b.rows(), b.columns()));
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        if (!a.hasContiguousRows()) {
            throw new IllegalArgumentException("a left side with " + a.columnStride() + " elements a column");
        }
        if (workers.count() == 1 || b.panels() == 1) {
            for (int panel = 0; panel < b.panels(); panel++) {
                run(a, b, c, epilogue, panel);
            }
        } else {
            workers.run(b.panels(), panel -> run(a, b, c, epilogue, panel));
        }
    }

    private static void run(Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, int panel) {
        int first = panel * VectorInt8Weights.COLUMNS;
        int columns = Math.min(VectorInt8Weights.COLUMNS, b.columns() - first);
        VectorInt8Weights.run(
                c.rows(),
                columns,
                b.rows(),
                a.address(0, 0),
                a.rowStride() * Float.BYTES,
                panel(b, panel),
                scales(b, panel),
                c.address(0, first),
                c.rowStride() * Float.BYTES);
        Epilogues.apply(epilogue, false, c, 0, c.rows(), first, columns);
    }

    /** Address of a panel. */
    private static long panel(PackedMatrix b, int panel) {
        return b.address() + panel * VectorInt8Weights.panelBytes(b.rows());
    }

    /** Address of the scales of a panel's columns. */
    private static long scales(PackedMatrix b, int panel) {
        return panel(b, b.panels()) + (long) Float.BYTES * panel * VectorInt8Weights.COLUMNS;
    }

    private static int panels(int n) {
        return Math.ceilDiv(n, VectorInt8Weights.COLUMNS);
    }
}
