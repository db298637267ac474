package dev.nereid.kernels.reduce;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Normalises the columns of matrices of {@code FP32}: each column of each matrix of x: [matrices, rows, columns] is brought
 * to a mean of 0 and a variance of 1 (over {@code rows}, plus {@code epsilon}), multiplied and shifted. A column's result
 * depends on that column and the length of rows alone. Stateless.
 */
public interface ColumnNormKernel {
    /** Bytes of scratch memory that {@link #run} needs. */
    long scratchBytes(int matrices, int rows, int columns);

    /**
     * {@code y = norm(x) * scale + bias}.
     *
     * @param scale [columns]; likewise {@code bias}
     * @param y may be {@code x}
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void run(
            int matrices,
            int rows,
            int columns,
            MemorySegment x,
            MemorySegment scale,
            MemorySegment bias,
            float epsilon,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
