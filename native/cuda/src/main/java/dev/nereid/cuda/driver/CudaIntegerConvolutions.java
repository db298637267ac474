package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceQuantized.Convolution;
import dev.nereid.cuda.device.DeviceQuantized.Scaling;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;

/** Starts the kernels of {@code integer_convolution.cu}. */
final class CudaIntegerConvolutions {
    private static final int THREADS = 256;
    private static final int SIDE = 64;

    private final Launcher launcher;

    CudaIntegerConvolutions(Launcher launcher) {
        this.launcher = launcher;
    }

    void convolve(Convolution convolution, long y) {
        run("", convolution, new Scaling(0, 0, false), 0, 0, 0, false, y);
    }

    void convolveQuantized(
            Convolution convolution, Scaling scaling, long bias, long yScale, long yZero, boolean ySigned, long y) {
        run("_quantized", convolution, scaling, bias, yScale, yZero, ySigned, y);
    }

    private void run(
            String suffix,
            Convolution c,
            Scaling scaling,
            long bias,
            long yScale,
            long yZero,
            boolean ySigned,
            long y) {
        ConvShape shape = c.shape();
        Window window = shape.window().inTwoAxes();
        launcher.begin()
                .address(c.x())
                .address(c.w())
                .address(y)
                .address(c.xZero())
                .address(c.wZeros())
                .address(scaling.aScale())
                .address(scaling.bScales())
                .address(yScale)
                .address(yZero)
                .address(bias)
                .number(c.xSigned())
                .number(c.wSigned())
                .number(ySigned)
                .number(c.zeroEachFilter())
                .number(scaling.scaleEachColumn())
                .number(shape.batch())
                .number(shape.channels())
                .number(shape.filters())
                .number(shape.groups())
                .number(c.channelsLast())
                .window(window);
        int pixels = Math.multiplyExact(shape.batch(), window.outputs());
        // Sums are exact, so the choice is free.
        if (shape.groupFilters() < CudaProducts.SMALLEST_GROUP || shape.groups() > CudaProducts.MOST_GRID) {
            launcher.elements("integer_convolution_direct" + suffix, (long) pixels * shape.filters());
            return;
        }
        launcher.run(
                "integer_convolution_tiled" + suffix,
                Math.ceilDiv(pixels, SIDE),
                Math.ceilDiv(shape.groupFilters(), SIDE),
                shape.groups(),
                THREADS,
                1);
    }
}
