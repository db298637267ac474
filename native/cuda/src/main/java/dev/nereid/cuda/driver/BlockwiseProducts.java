package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceBlockwiseMatrix;
import dev.nereid.cuda.device.DeviceProduct;

/** Starts the kernels of {@code blockwise.cu}. Sums are cut by N and K alone, as those of other products of FP32 are. */
final class BlockwiseProducts {
    private static final int SIDE = 64;

    /** Tiles that keep a card busy: with fewer of them splits are computed beside each other. */
    private static final int WORTHWHILE = 96;

    private final Launcher launcher;

    BlockwiseProducts(Launcher launcher) {
        this.launcher = launcher;
    }

    /** Bytes for the parts of sums, where these are computed beside each other. */
    static long bytes(int m, int n, int k) {
        int splits = splits(n, k).count();
        return splits > 1 && isSmall(m, n) ? (long) Float.BYTES * splits * m * n : 0;
    }

    private static SplitK splits(int n, int k) {
        return SplitK.of(n, k, SIDE);
    }

    private static boolean isSmall(int m, int n) {
        return (long) Math.ceilDiv(m, SIDE) * Math.ceilDiv(n, SIDE) < WORTHWHILE;
    }

    void multiply(DeviceProduct p, DeviceBlockwiseMatrix weights, long a, long c, long scratch) {
        SplitK splits = splits(p.n(), p.k());
        boolean apart = splits.count() > 1 && isSmall(p.m(), p.n()) && scratch != 0;
        arguments(p, weights, splits, a, c, apart ? scratch : 0);
        if (apart) {
            run("blockwise_" + weights.bits() + "_parts", p, SIDE, splits.count());
            // The same arguments are there still.
            launcher.elements("gemm_join", (long) p.m() * p.n());
        } else {
            int side = CudaProducts.side(p.m(), p.n(), 1);
            run("blockwise_" + weights.bits() + "_" + side, p, side, 1);
        }
    }

    private void run(String kernel, DeviceProduct p, int side, int splits) {
        launcher.run(kernel, Math.ceilDiv(p.m(), side), Math.ceilDiv(p.n(), side), splits, CudaProducts.THREADS, 1);
    }

    private void arguments(DeviceProduct p, DeviceBlockwiseMatrix weights, SplitK splits, long a, long c, long parts) {
        int blocks = Math.ceilDiv(p.k(), weights.block());
        CudaProducts.arguments(launcher, p, a, 0, c, 0);
        CudaProducts.splits(launcher, splits, 1, parts);
        launcher.address(weights.numbers())
                .address(weights.scales())
                .address(weights.zeroPoints())
                .number(Integer.numberOfTrailingZeros(weights.block()))
                .number(blocks)
                .number(Math.ceilDiv(blocks * weights.bits(), Byte.SIZE))
                .number(0);
    }
}
