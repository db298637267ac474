package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * Computes along the middle axis of x: [outer, length, inner] what the numbers so far amount to; y has the same shape,
 * both are dense, and {@code y} may not be {@code x}. Offsets are in bytes. Stateless.
 */
@FunctionalInterface
public interface CumulativeKernel {
    /**
     * Computes the totals of every row.
     *
     * @param exclusive whether a number itself does not count yet
     * @param reverse whether to begin at the end of the axis
     */
    void run(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            int outer,
            int length,
            int inner,
            boolean exclusive,
            boolean reverse);
}
