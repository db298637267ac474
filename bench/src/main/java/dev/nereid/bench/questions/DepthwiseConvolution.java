package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a convolution of each channel by itself? */
public class DepthwiseConvolution extends KernelQuestion {
    @Param({"144x56x56x3x1", "96x112x112x3x2"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("depthwise", shape, "");
    }

    @Benchmark
    public void convolve() {
        compute();
    }
}
