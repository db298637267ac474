package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is the activation of sentence models? */
public class Gelu extends KernelQuestion {
    @Param({"24576", "196608"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("gelu", shape, "");
    }

    @Benchmark
    public void activate() {
        compute();
    }
}
