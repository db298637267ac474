package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.device.DevicePrecision;

/** Launches the tiled matrix products, with the tile size that suits the shape. */
final class CudaProducts {
    static final int THREADS = 256;
    /** Blocks along the second and third axis of a grid. */
    static final int MOST_GRID = 65535;

    private static final int SMALL_SIDE = 64;

    /** Tiles of the larger kind that make it worth while: as many as a large card has multiprocessors, roughly. */
    private static final int WORTHWHILE = 96;

    /**
     * Number of tensor-core tiles from which on parts are added sequentially, because their sums would take too much
     * memory.
     */
    private static final int WORTHWHILE_APART = 32;

    /** Filters below which a group of a convolution is no matrix product: a thread an element does as well. */
    static final int SMALLEST_GROUP = 4;

    /** Rows and columns that a block of the kernels with tensor cores computes. */
    static final int TENSOR_SIDE = 128;

    /** What rows must begin at a multiple of, for copies of 16 bytes. */
    static final int TENSOR_BYTES = 16;

    private final Launcher launcher;
    private final DevicePrecision precision;

    CudaProducts(Launcher launcher, DevicePrecision precision) {
        this.launcher = launcher;
        this.precision = precision;
    }

    /** Bytes that products need for the parts of their sums, where these are computed beside each other. */
    long bytes(int batch, int m, int n, int k) {
        SplitK splits = splits(n, k);
        boolean apart = splits.count() > 1 && isSmall(batch, m, n);
        return apart ? (long) Float.BYTES * splits.count() * batch * m * n : 0;
    }

    private SplitK splits(int n, int k) {
        return SplitK.of(n, k, precision == DevicePrecision.TF32 ? TENSOR_SIDE : SMALL_SIDE);
    }

    /** Whether the tiles leave much of a card idle, and the parts' sums take little memory. */
    private boolean isSmall(int batch, int m, int n) {
        return precision == DevicePrecision.TF32
                ? tiles(m, n, TENSOR_SIDE) * batch < WORTHWHILE_APART
                : tiles(m, n, SMALL_SIDE) * batch < WORTHWHILE;
    }

    private static long tiles(int m, int n, int side) {
        return (long) Math.ceilDiv(m, side) * Math.ceilDiv(n, side);
    }

    void multiply(DeviceProduct p, long a, long b, long c, long scratch) {
        boolean tensors = precision == DevicePrecision.TF32 && suitsTensors(p, a, b) && launcher.has("tensor_tf32");
        boolean plain = precision == DevicePrecision.TF32 && !tensors;
        SplitK splits = splits(p.n(), p.k());
        if (!plain && splits.count() > 1 && isSmall(p.batch(), p.m(), p.n()) && scratch != 0) {
            arguments(p, a, b, c, 0);
            splits(splits, p.batch(), scratch);
            int count = p.batch() * splits.count();
            if (tensors) {
                run("tensor_tf32_parts", p.m(), p.n(), count, TENSOR_SIDE);
            } else {
                run("gemm_parts", p.m(), p.n(), count, SMALL_SIDE);
            }
            // The same arguments are there still.
            launcher.elements("gemm_join", (long) p.batch() * p.m() * p.n());
            return;
        }
        for (int first = 0; first < p.batch(); first += MOST_GRID) {
            int count = Math.min(MOST_GRID, p.batch() - first);
            arguments(p, a, b, c, first);
            if (plain) {
                run("gemm_tf32", p.m(), p.n(), count, SMALL_SIDE);
            } else {
                int side = tensors ? TENSOR_SIDE : side(p.m(), p.n(), p.batch());
                run(tensors ? "tensor_tf32" : "gemm_" + side, p, splits, count, side);
            }
        }
    }

    /** Runs a kernel, or its variant that adds the parts of split-K sequentially. */
    private void run(String kernel, DeviceProduct p, SplitK splits, int count, int side) {
        if (splits.count() > 1) {
            splits(splits, p.batch(), 0);
        }
        run(splits.count() > 1 ? kernel + "_sliced" : kernel, p.m(), p.n(), count, side);
    }

    private void arguments(DeviceProduct p, long a, long b, long c, int first) {
        arguments(launcher, p, a, b, c, first);
    }

    /** Writes GemmArgs. */
    static void arguments(Launcher launcher, DeviceProduct p, long a, long b, long c, int first) {
        launcher.begin()
                .address(a)
                .address(b)
                .address(c)
                .address(p.addend())
                .address(p.residual())
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
                .activation(p.activation())
                .numbers(p.batchDims(), DeviceProduct.BATCH_DIMS)
                .numbers(p.aBatch(), DeviceProduct.BATCH_DIMS)
                .numbers(p.bBatch(), DeviceProduct.BATCH_DIMS)
                .number(first);
    }

    private void splits(SplitK splits, int batch, long parts) {
        splits(launcher, splits, batch, parts);
    }

    /** Writes the rest of SlicedGemmArgs. */
    static void splits(Launcher launcher, SplitK splits, int batch, long parts) {
        launcher.address(parts)
                .number(splits.length())
                .number(splits.count())
                .number(batch)
                .number(0);
    }

    private void run(String kernel, int m, int n, int count, int side) {
        launcher.run(kernel, Math.ceilDiv(m, side), Math.ceilDiv(n, side), count, THREADS, 1);
    }

    /** Whether rows lie as the copies of the kernels with tensor cores want it: a matter of N, K and places, never of M. */
    private static boolean suitsTensors(DeviceProduct p, long a, long b) {
        int each = TENSOR_BYTES / Float.BYTES;
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
                && (a | b) % TENSOR_BYTES == 0;
    }

    void convolve(ConvShape shape, long x, long w, long bias, Activation activation, long residual, long y) {
        Window window = shape.window().inTwoAxes();
        launcher.begin()
                .address(x)
                .address(w)
                .address(bias)
                .address(residual)
                .address(y)
                .number(shape.batch())
                .number(shape.channels())
                .number(shape.filters())
                .number(shape.groups())
                .window(window)
                .activation(activation);
        int pixels = Math.multiplyExact(shape.batch(), window.outputs());
        if (shape.groupFilters() < SMALLEST_GROUP) {
            launcher.elements("convolution_direct", (long) pixels * shape.filters());
            return;
        }
        int side = side(shape.groupFilters(), pixels, shape.groups());
        launcher.run(
                "convolution_" + side,
                Math.ceilDiv(pixels, side),
                Math.ceilDiv(shape.groupFilters(), side),
                shape.groups(),
                THREADS,
                1);
    }

    /** Both tiles add in the same order, so the choice may depend on the batch. */
    static int side(int rows, int columns, int batch) {
        long large = (long) Math.ceilDiv(rows, 128) * Math.ceilDiv(columns, 128) * batch;
        return rows > 64 && columns > 64 && large >= WORTHWHILE ? 128 : 64;
    }
}
