package dev.nereid.bench.questions;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How fast is a product of float matrices? With packed weights one score is a round over copies that no cache holds. */
public class Gemm extends KernelQuestion {
    @Param({"16x384x384", "128x384x1536"})
    public String shape = "";

    @Param({"packed", "as it lies"})
    public String form = "";

    @Setup
    public void prepare() {
        prepare("gemm", shape, form);
    }

    @Benchmark
    public void multiply() {
        compute();
    }
}
