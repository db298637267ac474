package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a 3x3 convolution? */
public class SpatialConvolution extends KernelQuestion {
    @Param({"16x32x32x16x3x1", "64x56x56x64x3x1"})
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
