package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.driver.WarpgroupProducts.Tile;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.tensor.DataType;
import java.util.Locale;

/**
 * Launches the matrix products of 16-bit floats. The kernel and the number of parts of split-K depend on N, K and
 * alignment alone, so that a row gives the same bits in every batch.
 */
final class HalfProducts {
    /** Rows and columns that a block of the kernels with tensor cores computes. */
    private static final int TENSOR_SIDE = CudaProducts.TENSOR_SIDE;

    /** The same of the kernels without. */
    private static final int PLAIN_SIDE = 64;

    /** The k of a stage of the kernels of warpgroups, which is a whole number of those of the others. */
    static final int DEPTH = 64;

    /** With fewer parts, large products would lose their large tiles for little gain. */
    private static final int FEWEST_SPLITS = 4;

    /** Number of tiles from which on parts are added sequentially, because their sums would take too much memory. */
    private static final int WORTHWHILE_APART = 32;

    /** The kernels that there are for a type. */
    private enum Kind {
        WARPGROUPS,
        TENSORS,
        PLAIN
    }

    private final Launcher launcher;

    HalfProducts(Launcher launcher) {
        this.launcher = launcher;
    }

    /** The split-K of products with n columns and k additions, for all kernels. */
    static SplitK splits(int n, int k) {
        SplitK splits = SplitK.of(n, k, TENSOR_SIDE, DEPTH);
        return splits.count() < FEWEST_SPLITS ? new SplitK(1, Math.max(1, Math.ceilDiv(k, DEPTH)) * DEPTH) : splits;
    }

    /** Bytes that products need for the parts of their sums, where these are computed beside each other. */
    static long bytes(int batch, int m, int n, int k) {
        SplitK splits = splits(n, k);
        return splits.count() > 1 && isSmall(batch, m, n) ? (long) Float.BYTES * splits.count() * batch * m * n : 0;
    }

    private static boolean isSmall(int batch, int m, int n) {
        return (long) Math.ceilDiv(m, TENSOR_SIDE) * Math.ceilDiv(n, TENSOR_SIDE) * batch < WORTHWHILE_APART;
    }

    void multiply(DataType type, DeviceProduct p, long a, long b, long c, long scratch) {
        if (p.residual() != 0 || p.activation().kind() != Activation.Kind.NONE) {
            throw new IllegalArgumentException("products of " + type + " have neither an activation nor a residual");
        }
        Kind kind = kind(type, p, a | b, c);
        SplitK splits = splits(p.n(), p.k());
        if (splits.count() > 1 && isSmall(p.batch(), p.m(), p.n()) && scratch != 0) {
            arguments(launcher, p, a, b, c, 0, splits, scratch);
            runParts(kind, type, p, splits);
            // The same arguments are there still.
            join(launcher, type, p);
            return;
        }
        for (int first = 0; first < p.batch(); first += CudaProducts.MOST_GRID) {
            arguments(launcher, p, a, b, c, first, splits, 0);
            run(kind, type, p, splits, Math.min(CudaProducts.MOST_GRID, p.batch() - first));
        }
    }

    private Kind kind(DataType type, DeviceProduct p, long operands, long c) {
        if (!suitsTensors(p, operands)) {
            return Kind.PLAIN;
        }
        if (WarpgroupProducts.areThere(launcher, type) && c % CudaProducts.TENSOR_BYTES == 0) {
            return Kind.WARPGROUPS;
        }
        return launcher.has(tensorKernel(type)) ? Kind.TENSORS : Kind.PLAIN;
    }

    /** Whether rows are aligned for 16-byte copies: depends on N, K and addresses, never on M. */
    private static boolean suitsTensors(DeviceProduct p, long operands) {
        int each = CudaProducts.TENSOR_BYTES / Short.BYTES;
        boolean batches = true;
        for (int axis = 0; axis < DeviceProduct.BATCH_DIMS; axis++) {
            batches &= p.aBatch()[axis] % each == 0 && p.bBatch()[axis] % each == 0;
        }
        return batches
                && p.aColumn() == 1
                && p.bColumn() == 1
                && p.aRow() % each == 0
                && p.bRow() % each == 0
                && p.n() % each == 0
                && p.k() % each == 0
                && operands % CudaProducts.TENSOR_BYTES == 0;
    }

    private void run(Kind kind, DataType type, DeviceProduct p, SplitK splits, int count) {
        boolean sliced = splits.count() > 1;
        switch (kind) {
            case WARPGROUPS -> {
                Tile tile = sliced ? Tile.SLICED : Tile.of(p.batch(), p.m(), p.n());
                WarpgroupProducts.run(launcher, type, tile, p, count);
            }
            case TENSORS -> run(tensorKernel(type) + (sliced ? "_sliced" : ""), p, count, TENSOR_SIDE);
            case PLAIN -> run("gemm_" + name(type) + (sliced ? "_sliced" : ""), p, count, PLAIN_SIDE);
        }
    }

    private void runParts(Kind kind, DataType type, DeviceProduct p, SplitK splits) {
        int count = p.batch() * splits.count();
        switch (kind) {
            case WARPGROUPS -> WarpgroupProducts.run(launcher, type, Tile.PARTS, p, count);
            case TENSORS -> run(tensorKernel(type) + "_parts", p, count, TENSOR_SIDE);
            case PLAIN -> run("gemm_" + name(type) + "_parts", p, count, PLAIN_SIDE);
        }
    }

    private void run(String kernel, DeviceProduct p, int count, int side) {
        run(launcher, kernel, p, count, side);
    }

    private static void run(Launcher launcher, String kernel, DeviceProduct p, int count, int side) {
        launcher.run(kernel, Math.ceilDiv(p.m(), side), Math.ceilDiv(p.n(), side), count, CudaProducts.THREADS, 1);
    }

    /** Adds the parts that lie where the arguments that are written say. */
    static void join(Launcher launcher, DataType type, DeviceProduct p) {
        launcher.elements("half_join_" + name(type), (long) p.batch() * p.m() * p.n());
    }

    /** Multiplies with the tensor cores of cards of 8.0 and up, in one chain, with the arguments that are written. */
    static void runTensors(Launcher launcher, DataType type, DeviceProduct p) {
        run(launcher, tensorKernel(type), p, p.batch(), TENSOR_SIDE);
    }

    /**
     * Writes the arguments of all these kernels.
     *
     * @param first the number in the batch of the first product
     * @param parts memory for the sums of splits; 0 for none
     */
    static void arguments(
            Launcher launcher, DeviceProduct p, long a, long b, long c, int first, SplitK splits, long parts) {
        launcher.begin()
                .address(a)
                .address(b)
                .address(c)
                .address(p.addend())
                .address(parts)
                .number(p.m())
                .number(p.n())
                .number(p.k())
                .number(p.aRow())
                .number(p.aColumn())
                .number(p.bRow())
                .number(p.bColumn())
                .number(p.addendRow())
                .number(p.addendColumn())
                .real(p.alpha())
                .real(p.beta())
                .numbers(p.batchDims(), DeviceProduct.BATCH_DIMS)
                .numbers(p.aBatch(), DeviceProduct.BATCH_DIMS)
                .numbers(p.bBatch(), DeviceProduct.BATCH_DIMS)
                .number(first)
                .number(splits.length())
                .number(splits.count())
                .number(p.batch());
    }

    private static String tensorKernel(DataType type) {
        return "tensor_" + name(type);
    }

    private static String name(DataType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
