package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** A reduction kernel applied to any axes of a tensor. */
final class Reductions {
    private Reductions() {}

    /** Reduces the flagged axes of {@code x} to {@code y}. */
    static void run(Reduction kernel, StepRun run, Tensor x, boolean[] flags, Tensor y) {
        AxisGroups groups = AxisGroups.of(x.shape(), flags);
        int bytes = x.dataType().bytes();
        MemorySegment source = groups.gather(run, x.segment(), bytes);
        long results = y.dataType().bytes();
        int inner = groups.inner();
        int reduced = groups.reduced();
        Parallel.rows(
                run.workers(),
                groups.outer(),
                (long) reduced * inner,
                x.dataType(),
                (from, length) -> kernel.run(
                        source,
                        bytes * from * reduced * inner,
                        y.segment(),
                        results * from * inner,
                        length,
                        reduced,
                        inner));
    }
}
