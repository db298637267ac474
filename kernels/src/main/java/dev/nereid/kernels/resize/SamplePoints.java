package dev.nereid.kernels.resize;

import java.lang.foreign.MemorySegment;

/**
 * Sample points in a plane, each with the indices and weights of the four pixels around it.
 *
 * @param cells [4, count] INT32: numbers of cells; the number behind the last stands for one that is zero
 * @param weights [4, count] FP32
 */
public record SamplePoints(MemorySegment cells, MemorySegment weights, int count) {
    /** Cells around a point. */
    public static final int TAPS = 4;

    /** Bytes of the cells, and of the weights. */
    public static long bytes(int count) {
        return (long) Integer.BYTES * TAPS * count;
    }
}
