package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a recurrent network, step by step? */
public class Lstm extends KernelQuestion {
    @Param({"64x1x128x128", "64x8x128x128"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("lstm", shape, "");
    }

    @Benchmark
    public void run() {
        compute();
    }
}
