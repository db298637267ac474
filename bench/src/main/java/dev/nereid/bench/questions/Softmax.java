package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a softmax over the rows of attention scores? */
public class Softmax extends KernelQuestion {
    @Param({"192x16", "1536x128"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("softmax", shape, "");
    }

    @Benchmark
    public void weigh() {
        compute();
    }
}
