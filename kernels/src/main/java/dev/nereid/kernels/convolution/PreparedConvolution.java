package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A convolution with the channels last, of one shape: what follows from the shape is worked out already, which in a small
 * layer takes as long as its sums. Immutable; any number of threads. The order of additions depends on the shape of one
 * item alone.
 */
public interface PreparedConvolution {
    /** Bytes of scratch memory that {@link #run} needs with so many workers. */
    long scratchBytes(int workers);

    /**
     * Computes {@code y = activation(x * w + bias) + residual}. Outputs must not overlap inputs.
     *
     * @param x [batch, input..., channels]
     * @param bias [filters]
     * @param residual of y's shape
     * @param y [batch, output..., filters]
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     * @throws IndexOutOfBoundsException if a segment is smaller than its shape
     */
    void run(
            MemorySegment x,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
