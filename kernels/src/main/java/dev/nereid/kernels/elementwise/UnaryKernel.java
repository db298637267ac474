package dev.nereid.kernels.elementwise;

import java.lang.foreign.MemorySegment;

/**
 * Computes {@code y[i] = f(x[i])} over dense elements. The result of an element depends on its value alone, not on its
 * place. Where both datatypes have the same size {@code y} may be {@code x}; no other overlap. Stateless.
 */
@FunctionalInterface
public interface UnaryKernel {
    /**
     * Computes {@code length} elements.
     *
     * @param xOffset of the first element, in bytes, of any alignment; likewise {@code yOffset}
     * @param length number of elements
     * @param alpha first parameter of an operator that has one; likewise {@code beta} the second
     */
    void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta);

    /** As {@link #run(MemorySegment, long, MemorySegment, long, int, double, double)}, of an operator without parameters. */
    default void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length) {
        run(x, xOffset, y, yOffset, length, 0, 0);
    }
}
