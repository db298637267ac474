package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a layer norm? */
public class LayerNorm extends KernelQuestion {
    @Param({"16x384", "128x384"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("layernorm", shape, "");
    }

    @Benchmark
    public void normalize() {
        compute();
    }
}
