package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * Products with int8 weights by {@link VectorInt8Weights}. Panels are full, zeros fill the last one; the scales follow the
 * panels.
 */
final class Int8WeightMatMul extends Int8WeightProducts {
    /** @param bytes that the floats of a matrix take at most if it is left to {@code others} */
    Int8WeightMatMul(MatMulKernels others, long bytes) {
        super(others, bytes);
    }

    @Override
    protected MatMulKernels over(MatMulKernels kernels, long most) {
        return new Int8WeightMatMul(kernels, most);
    }

    @Override
    protected long largeBytes(int k, int n) {
        return VectorInt8Weights.panelBytes(k) * panels(n) + (long) Float.BYTES * panels(n) * VectorInt8Weights.COLUMNS;
    }

    @Override
    protected PackedMatrix packLarge(Matrix b, MemorySegment memory) {
        b.checkBounds();
        PackedMatrix packed = new PackedMatrix(
                memory.asSlice(0, largeBytes(b.rows(), b.columns())),
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
                MatrixCopy.copy(b, 0, first, b.rows(), columns, copy.segment(), 0, VectorInt8Weights.COLUMNS);
                long from = copy.segment().address();
                VectorInt8Weights.packPanel(b.rows(), from, panel(packed, panel), scales(packed, panel));
            }
        }
        return packed;
    }

    @Override
    protected void multiplyLarge(Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, Workers workers) {
        ProductChecks.checkPacked(b, DataType.INT8, VectorInt8Weights.COLUMNS, largeBytes(b.rows(), b.columns()));
        ProductChecks.check(a, b.rows(), b.columns(), c, epilogue);
        ProductChecks.checkContiguousRows(a);
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
        VectorEpilogue.INSTANCE.apply(epilogue, false, c, 0, c.rows(), first, columns);
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
