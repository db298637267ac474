package dev.nereid.kernels.matmul;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Start;
import dev.nereid.kernels.matmul.MicroKernels.Family;

/** Products with panels by generated micro-kernels. */
public final class VectorPanelKernel implements FloatPanelKernel {
    /** Rows of a panel that stay in the L1 cache while all rows of a pass; does not change a bit of the result. */
    private static final int BLOCK = 128;

    private final MicroKernels kernels;

    /** Kernels for the widest vectors of {@code cpu} that there are micro-kernels for. */
    public VectorPanelKernel(Cpu cpu) {
        this.kernels = MicroKernels.of(cpu);
    }

    @Override
    public int panelColumns() {
        return kernels.panelVectors() * kernels.lanes();
    }

    @Override
    public int lanes() {
        return kernels.lanes();
    }

    @Override
    public void run(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        int vectors = Math.ceilDiv(columns, kernels.lanes());
        long bStride = (long) vectors * panelVectorBytes();
        for (int run = 0; run < runs; run++) {
            int fromK = 0;
            do {
                int toK = Math.min(k, fromK + BLOCK);
                boolean first = run == 0 && fromK == 0;
                block(
                        rows,
                        columns,
                        toK - fromK,
                        a + (run * runStride + fromK) * Float.BYTES,
                        aStride * Float.BYTES,
                        b + ((long) run * k + fromK) * bStride,
                        bStride,
                        true,
                        c,
                        cStride * Float.BYTES,
                        first ? s : c,
                        first ? sRow * Float.BYTES : cStride * Float.BYTES,
                        first ? start(s, sRow) : Start.MATRIX);
                fromK = toK;
            } while (fromK < k);
        }
        clamp(clamp, rows, columns, c, cStride);
    }

    @Override
    public void runUnpacked(
            int rows,
            int columns,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        int fromK = 0;
        do {
            int toK = Math.min(k, fromK + BLOCK);
            boolean first = fromK == 0;
            block(
                    rows,
                    columns,
                    toK - fromK,
                    a + (long) fromK * Float.BYTES,
                    aStride * Float.BYTES,
                    b + fromK * bStride * Float.BYTES,
                    bStride * Float.BYTES,
                    false,
                    c,
                    cStride * Float.BYTES,
                    first ? s : c,
                    first ? sRow * Float.BYTES : cStride * Float.BYTES,
                    first ? start(s, sRow) : Start.MATRIX);
            fromK = toK;
        } while (fromK < k);
        clamp(clamp, rows, columns, c, cStride);
    }

    private static void clamp(Clamp clamp, int rows, int columns, long c, long cStride) {
        if (clamp.equals(Clamp.NONE)) {
            return;
        }
        for (int row = 0; row < rows; row++) {
            Epilogues.clip(c + row * cStride * Float.BYTES, columns, clamp.low(), clamp.high());
        }
    }

    private long panelVectorBytes() {
        return (long) kernels.lanes() * Float.BYTES;
    }

    private static Start start(long s, long sRow) {
        if (s == 0) {
            return Start.ZERO;
        }
        return sRow == 0 ? Start.ROW : Start.MATRIX;
    }

    /** Adds up k products; strides are in bytes here. */
    private void block(
            int rows,
            int columns,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            boolean packed,
            long c,
            long cStride,
            long s,
            long sStride,
            Start start) {
        int vectors = Math.ceilDiv(columns, kernels.lanes());
        int tail = columns % kernels.lanes();
        Family family = kernels.family(vectors, start, tail != 0, packed, false);
        int number = 0;
        for (int row = 0; row < rows; row += family.height(number)) {
            number = family.tallest(rows - row);
            family.kernel(number)
                    .run(
                            k,
                            tail,
                            a + row * aStride,
                            aStride,
                            b,
                            bStride,
                            c + row * cStride,
                            cStride,
                            s + row * sStride,
                            sStride);
        }
    }
}
