package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a 1x1 convolution, which is a product? */
public class PointwiseConvolution extends KernelQuestion {
    @Param({"32x112x112x16x1x1", "96x28x28x24x1x1"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("conv", shape, "");
    }

    @Benchmark
    public void convolve() {
        compute();
    }
}
