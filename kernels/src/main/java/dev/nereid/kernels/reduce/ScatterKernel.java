package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * Puts blocks into what is there, one after the other: {@code y[indices[i]] = y[indices[i]] op x[i]}, element by element.
 * Stateless.
 */
@FunctionalInterface
public interface ScatterKernel {
    /**
     * Puts the blocks in.
     *
     * @param block elements of a block
     * @param count blocks of x
     * @param x [count, block]
     * @param indices [count] INT64, each of a block of y
     * @param y [blocks, block]
     */
    void run(long block, long count, MemorySegment x, MemorySegment indices, MemorySegment y);
}
