package dev.nereid.kernels.quantized;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Sums, products and pooling of quantised tensors, from bytes to bytes. Every implementation gives the same bits: floats are
 * rounded in the order that is written here, and then half to even and saturated. The scales of operands are at most
 * {@link #MOST_STEPS} times that of the result. Stateless; for any number of threads.
 */
public interface ByteArithmeticKernels {
    /** So many steps of a result may be one of an operand: results stay below 2^22 before they are saturated. */
    float MOST_STEPS = 4096;

    /**
     * Adds place by place: {@code y = round(fma(a - aZero, aScale / yScale, (b - bZero) * (bScale / yScale))) + yZero}.
     *
     * @param count of elements
     */
    void add(long count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, Workers workers);

    /** Multiplies place by place: {@code y = round((a - aZero) * (b - bZero) * (aScale / yScale * bScale)) + yZero}. */
    void multiply(long count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, Workers workers);

    /** Bytes of scratch memory, 64-byte aligned, that {@link #max} and {@link #mean} need. */
    long scratchBytes(Window window, int channels, Workers workers);

    /**
     * The highest byte under each window; the least there is where nothing lies under it.
     *
     * @param window over one or two axes
     * @param x uint8 or int8 [batch, input..., channels]
     * @param y of the same type [batch, output..., channels]
     */
    void max(
            Window window,
            int batch,
            int channels,
            boolean signed,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);

    /**
     * The mean of each window: {@code y = round(sum * (xScale / yScale / count)) + yZero}, the sum that of
     * {@code x - xZero} over what lies under it.
     *
     * @param window over one or two axes, of at most 2^16 cells
     * @param x [batch, input..., channels]
     * @param counts what the sum of each output cell is divided by, at least 1
     * @param y [batch, output..., channels]
     */
    void mean(
            Window window,
            int batch,
            int channels,
            QuantizedBytes x,
            int[] counts,
            QuantizedBytes y,
            MemorySegment scratch,
            Workers workers);
}
