package dev.nereid.kernels.matmul;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Addend;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Earlier;
import dev.nereid.kernels.matmul.MicroKernels.Family;

/** Products with panels by generated micro-kernels. */
public final class VectorPanelKernel implements FloatPanelKernel {

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
        long bStride = padded(columns);
        blocks(rows, columns, runs, k, a, aStride, runStride, b, bStride, true, c, cStride, s, sRow, clamp);
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
        blocks(rows, columns, 1, k, a, aStride, 0, b, bStride, false, c, cStride, s, sRow, clamp);
    }

    private void blocks(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long bStride,
            boolean packed,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        boolean oneChain = s != c && (long) runs * k <= MatMulKernels.CHAIN;
        for (int run = 0; run < runs; run++) {
            int fromK = 0;
            do {
                int toK = Math.min(k, fromK + MatMulKernels.CHAIN);
                boolean follows = run > 0 || fromK > 0 || s == c;
                Earlier earlier = !follows ? Earlier.NONE : oneChain ? Earlier.CONTINUED : Earlier.ADDED;
                boolean last = run == runs - 1 && toK == k;
                block(
                        rows,
                        columns,
                        toK - fromK,
                        a + (run * runStride + fromK) * Float.BYTES,
                        aStride * Float.BYTES,
                        b + ((long) run * k + fromK) * bStride * Float.BYTES,
                        bStride * Float.BYTES,
                        packed,
                        c,
                        cStride * Float.BYTES,
                        s,
                        sRow * Float.BYTES,
                        earlier,
                        last && s != c ? addend(s, sRow) : Addend.NONE);
                fromK = toK;
            } while (fromK < k);
        }
        if (!clamp.equals(Clamp.NONE)) {
            for (int row = 0; row < rows; row++) {
                VectorEpilogue.clip(c + row * cStride * Float.BYTES, columns, clamp.low(), clamp.high());
            }
        }
    }

    private static Addend addend(long s, long sRow) {
        if (s == 0) {
            return Addend.NONE;
        }
        return sRow == 0 ? Addend.ROW : Addend.MATRIX;
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
            Earlier earlier,
            Addend addend) {
        int vectors = Math.ceilDiv(columns, kernels.lanes());
        int tail = columns % kernels.lanes();
        Family family = kernels.family(vectors, earlier, addend, tail != 0, packed, false);
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
