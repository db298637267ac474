package dev.nereid.kernels.tree;

import java.lang.foreign.MemorySegment;

/** Evaluates one forest. Stateless; for any number of threads. A row's scores depend on that row alone. */
@FunctionalInterface
public interface TreeKernel {
    /**
     * Scores rows.
     *
     * @param features a row; at least {@link Forest#requiredFeatures}
     * @param x FP32 or FP64, as the kernel was made for: [rows, features]
     * @param scores of the same type: [rows, targets]; 0 where a row met no weight
     * @param present bytes [rows, targets]: 1 where a row met a weight, else 0
     */
    void run(int rows, int features, MemorySegment x, MemorySegment scores, MemorySegment present);
}
