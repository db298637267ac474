package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * Normalises the rows of x: [rows, columns] to a mean of 0 and a variance of 1 (over {@code columns}, plus
 * {@code epsilon}). All tensors are dense and of one type; {@code y} may be {@code x} or the residual. A row's result
 * depends on that row alone. Offsets are in bytes, of any alignment. Stateless.
 */
public interface NormKernel {
    /** Layer norm: {@code y = norm(x) * scale + bias}; scale, bias: [columns]. */
    void layer(
            MemorySegment x,
            long xOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon);

    /** Layer norm of a sum: {@code y = norm(x + residual) * scale + bias}; residual: [rows, columns]. */
    void layerOfSum(
            MemorySegment x,
            long xOffset,
            MemorySegment residual,
            long residualOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon);

    /** RMS norm: {@code y = x / sqrt(mean(x * x) + epsilon) * scale}; scale: [columns]. */
    void rootMeanSquare(
            MemorySegment x,
            long xOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon);

    /**
     * What the norm takes away and multiplies by.
     *
     * @param statistics doubles: [rows, 2], of each row the mean and {@code 1 / sqrt(variance + epsilon)}; aligned
     */
    void statistics(
            MemorySegment x,
            long xOffset,
            MemorySegment statistics,
            long statisticsOffset,
            int rows,
            int columns,
            double epsilon);
}
