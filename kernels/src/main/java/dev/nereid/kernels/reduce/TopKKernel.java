package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * TopK along the middle axis of x: [outer, length, inner]: the first elements in order, and their indices. Of equal elements
 * the one with the lower index comes first; NaN is the greatest. Offsets are in bytes, of any alignment. Stateless.
 */
public interface TopKKernel {
    /** How many bytes of scratch memory a call needs. */
    long scratchBytes(int length, int count);

    /**
     * Selects.
     *
     * @param y the elements: [outer, count, inner]
     * @param indices their INT64 indices along the axis: [outer, count, inner]
     * @param count how many are selected; at most the length
     */
    void run(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment indices,
            long indexOffset,
            int outer,
            int length,
            int inner,
            int count,
            MemorySegment scratch);
}
