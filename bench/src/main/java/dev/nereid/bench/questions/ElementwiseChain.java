package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Does a chain of elementwise operators cost one pass over memory or many? */
public class ElementwiseChain extends KernelQuestion {
    @Param({"16x384", "128x1536"})
    public String shape = "";

    @Setup
    public void prepare() {
        prepare("chain", shape, "");
    }

    @Benchmark
    public void pass() {
        compute();
    }
}
