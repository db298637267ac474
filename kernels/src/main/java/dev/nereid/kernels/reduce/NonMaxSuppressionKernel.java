package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;

/**
 * The loops of non-max suppression: finds the scores above a threshold, and the boxes that may intersect a given one.
 * Stateless.
 */
public interface NonMaxSuppressionKernel {
    /** Edges of a box. */
    int EDGES = 4;

    /**
     * Writes the numbers of the scores that are above a least one, in ascending order; gives how many there are.
     *
     * @param scores [count] FP32, from a byte on
     * @param numbers [count] INT32
     */
    int above(float least, MemorySegment scores, long offset, int count, MemorySegment numbers);

    /**
     * The first box in [from, box) that is not apart from box {@code box}, which is given where all are. Boxes are apart
     * where one begins behind the other's end along an axis; for edges that are NaN the result is undefined.
     *
     * @param edges [4, capacity] FP32: of all boxes the left, the right, the top and the bottom
     */
    int near(MemorySegment edges, int capacity, int from, int box);
}
