package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Convolutions over channels-first tensors of any number of spatial axes. No state; all methods may run in many threads
 * at a time. The order of additions depends on the shape of one item alone. Outputs must not overlap inputs.
 */
public interface ChannelsFirstKernels {
    /** Whether a convolution of {@code FP32} is as fast here as by kernels that want the channels last. */
    boolean suitsFirst(ConvShape shape);

    /** Bytes of scratch memory that {@link #convolve} needs with so many workers. */
    long scratchBytes(ConvShape shape, int workers);

    /**
     * A convolution of {@code FP32}: {@code y = activation(x * w + bias) + residual}.
     *
     * @param bias [filters]
     * @param residual of y's shape
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void convolve(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);

    /** A plain convolution of any float datatype. */
    void convolve(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y);

    /**
     * A transposed convolution of any float datatype: every cell of x adds its product with the kernel to the cells of y
     * that a convolution with the shape's window would read to make it. Here the shape's channels and window input
     * belong to y, its filters and window output to x: x: [batch, filters, output...]; w: [filters, channels / groups,
     * kernel...]; bias: [channels]; y: [batch, channels, input...].
     */
    void convolveTransposed(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y);

    /** Bytes of scratch memory that the transposed convolution of {@code FP32} needs. */
    long transposedScratchBytes(ConvShape shape);

    /**
     * A transposed convolution of {@code FP32}, as above.
     *
     * @param scratch memory of {@link #transposedScratchBytes} with any content, aligned to 64 bytes
     */
    void convolveTransposed(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
