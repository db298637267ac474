package dev.nereid.kernels.elementwise;

import java.lang.foreign.MemorySegment;

/**
 * Computes {@code z[i] = f(x[i], y[i])} over dense elements, or with one side the same for all. The result of an
 * element depends on its two values alone. Where the datatypes have the same size {@code z} may be {@code x} or
 * {@code y} where that has {@code length} elements; no other overlap. Offsets are in bytes, of any alignment.
 * Stateless.
 */
public interface BinaryKernel {
    /** Both sides have {@code length} elements. */
    void both(MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length);

    /** The left side is the one element at {@code xOffset}. */
    void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length);

    /** The right side is the one element at {@code yOffset}. */
    void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length);
}
