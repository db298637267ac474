package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.conv.ConvShape;
import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.device.DeviceProduct;
import dev.nereid.kernels.matmul.Activation;

/** Starts the kernels that multiply tiles, with the tile that suits the size. */
final class CudaProducts {
    private static final int THREADS = 256;
    private static final int MOST_GRID = 65535;

    /** Tiles of the larger kind that make it worth while: as many as a large card has multiprocessors, roughly. */
    private static final int WORTHWHILE = 96;

    /** Filters below which a group of a convolution is no matrix product: a thread an element does as well. */
    private static final int SMALLEST_GROUP = 4;

    private final Launcher launcher;

    CudaProducts(Launcher launcher) {
        this.launcher = launcher;
    }

    void multiply(DeviceProduct p, long a, long b, long c) {
        for (int first = 0; first < p.batch(); first += MOST_GRID) {
            multiply(p, a, b, c, first, Math.min(MOST_GRID, p.batch() - first));
        }
    }

    private void multiply(DeviceProduct p, long a, long b, long c, int first, int count) {
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
                .real(p.beta());
        activation(p.activation());
        launcher.numbers(p.batchDims(), DeviceProduct.BATCH_DIMS)
                .numbers(p.aBatch(), DeviceProduct.BATCH_DIMS)
                .numbers(p.bBatch(), DeviceProduct.BATCH_DIMS)
                .number(first);
        int side = side(p.m(), p.n(), p.batch());
        launcher.run("gemm_" + side, Math.ceilDiv(p.m(), side), Math.ceilDiv(p.n(), side), count, THREADS, 1);
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
                .numbers(window.input(), 2)
                .numbers(window.kernel(), 2)
                .numbers(window.stride(), 2)
                .numbers(window.dilation(), 2)
                .numbers(window.padding(), 2)
                .numbers(window.output(), 2);
        activation(activation);
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
    private static int side(int rows, int columns, int batch) {
        long large = (long) Math.ceilDiv(rows, 128) * Math.ceilDiv(columns, 128) * batch;
        return rows > 64 && columns > 64 && large >= WORTHWHILE ? 128 : 64;
    }

    private void activation(Activation activation) {
        launcher.number(code(activation.kind())).real(activation.alpha()).real(activation.beta());
    }

    /** The number that the sources have for it. */
    private static int code(Activation.Kind kind) {
        return switch (kind) {
            case NONE -> 0;
            case RELU -> 1;
            case CLIP -> 2;
            case LEAKY_RELU -> 3;
            case SIGMOID -> 4;
            case TANH -> 5;
            case GELU -> 6;
            case HARD_SWISH -> 7;
        };
    }
}
