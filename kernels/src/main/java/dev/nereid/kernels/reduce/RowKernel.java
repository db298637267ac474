package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * Computes along the middle axis of x: [outer, length, inner] the rows of y, which has the same shape; both are dense
 * and {@code y} may be {@code x}. A row's result depends on that row alone. Offsets are in bytes, of any alignment.
 * Stateless.
 */
@FunctionalInterface
public interface RowKernel {
    void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int length, int inner);
}
