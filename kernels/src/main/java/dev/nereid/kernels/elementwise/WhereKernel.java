package dev.nereid.kernels.elementwise;

import java.lang.foreign.MemorySegment;

/**
 * Computes {@code z[i] = condition[i] ? x[i] : y[i]} over elements of one size. Each operand is dense (step 1) or the
 * same element for all (step 0). {@code z} may be {@code x} or {@code y} where that is dense. Offsets are in bytes.
 * Stateless.
 */
@FunctionalInterface
public interface WhereKernel {
    void run(
            MemorySegment condition,
            long conditionOffset,
            int conditionStep,
            MemorySegment x,
            long xOffset,
            int xStep,
            MemorySegment y,
            long yOffset,
            int yStep,
            MemorySegment z,
            long zOffset,
            int length);
}
