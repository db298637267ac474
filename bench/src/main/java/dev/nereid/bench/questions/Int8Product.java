package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a product of bytes, its left side laid out each time? */
public class Int8Product extends KernelQuestion {
    @Param({"16x384x384", "128x1536x384"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("int8", shape, "");
    }

    @Benchmark
    public void multiply() {
        compute();
    }
}
