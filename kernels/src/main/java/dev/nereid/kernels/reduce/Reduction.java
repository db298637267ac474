package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * Reduces the middle axis of x: [outer, reduced, inner] to y: [outer, inner], both dense. The order in which numbers
 * are put together depends on {@code reduced} alone. Offsets are in bytes, of any alignment. Stateless.
 */
@FunctionalInterface
public interface Reduction {
    void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner);
}
