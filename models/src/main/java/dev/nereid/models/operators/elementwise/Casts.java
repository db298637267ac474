package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.Tensor;

/** A kernel that casts, applied to whole tensors. */
public final class Casts {
    private Casts() {}

    /** Computes {@code y}, which has the shape of {@code x}. */
    public static void run(UnaryKernel kernel, Tensor x, Tensor y, Workers workers) {
        long xBytes = x.dataType().bytes();
        long yBytes = y.dataType().bytes();
        Parallel.elements(
                workers,
                x.shape().elements(),
                x.dataType(),
                (from, length) -> kernel.run(x.segment(), xBytes * from, y.segment(), yBytes * from, length));
    }
}
