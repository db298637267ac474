package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast are elements moved to another order of axes? */
public class Transpose extends KernelQuestion {
    @Param({"128x12x32", "64x3136x1"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("transpose", shape, "");
    }

    @Benchmark
    public void transpose() {
        compute();
    }
}
