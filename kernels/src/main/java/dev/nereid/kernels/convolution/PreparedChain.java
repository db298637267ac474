package dev.nereid.kernels.convolution;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Convolutions that follow each other, made ready for one shape. Their results are those of the convolutions one by one,
 * to the last bit. Immutable; any number of threads.
 */
public interface PreparedChain {
    /** Bytes of scratch memory that {@link #run} needs with so many workers. */
    long scratchBytes(int workers);

    /**
     * Computes what the last convolution makes of the others' results. Outputs must not overlap inputs.
     *
     * @param x [batch, input..., channels] of the first
     * @param residual of y's shape, added to y
     * @param y [batch, output..., filters] of the last
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     * @throws IndexOutOfBoundsException if a segment is smaller than its shape
     */
    void run(
            MemorySegment x, Optional<MemorySegment> residual, MemorySegment y, MemorySegment scratch, Workers workers);
}
