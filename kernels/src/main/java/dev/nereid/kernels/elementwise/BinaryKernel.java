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

    /**
     * Some rows of {@code length} elements, as {@link #both} row by row. For short rows.
     *
     * @param xRow bytes from row to row; 0 for the same row again
     * @param yRow likewise
     * @param zRow likewise, not 0
     */
    default void rows(
            MemorySegment x,
            long xOffset,
            long xRow,
            MemorySegment y,
            long yOffset,
            long yRow,
            MemorySegment z,
            long zOffset,
            long zRow,
            int rows,
            int length) {
        for (int row = 0; row < rows; row++) {
            both(x, xOffset + row * xRow, y, yOffset + row * yRow, z, zOffset + row * zRow, length);
        }
    }

    /** The left side is the one element at {@code xOffset}. */
    void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length);

    /** The right side is the one element at {@code yOffset}. */
    void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length);
}
