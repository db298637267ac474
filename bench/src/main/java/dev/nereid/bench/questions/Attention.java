package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is scaled dot-product attention? */
public class Attention extends KernelQuestion {
    @Param({"12x16x32", "12x128x32"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("attention", shape, "");
    }

    @Benchmark
    public void attend() {
        compute();
    }
}
