package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The kernels of the quantized family. Every implementation gives the same bits: integer results are exact modulo
 * 2^32, and float results are rounded in the order that is written here. Stateless; for any number of threads.
 */
public interface QuantizedKernels {
    /** Bytes that {@link #left} and {@link #quantizedLeft} need for [m, k]. */
    long leftBytes(int m, int k);

    /**
     * Lays out a left operand.
     *
     * @param a uint8 or int8 [m, k]
     * @param memory receives the layout, {@link #leftBytes} long, 64-byte aligned
     */
    Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers);

    /**
     * Quantises floats to uint8 and lays them out as a left operand.
     *
     * @param x float32 [m, k]
     * @param memory receives the layout, {@link #leftBytes} long, 64-byte aligned
     */
    Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers);

    /** Bytes that {@link #right} needs for [k, n]. */
    long rightBytes(int k, int n);

    /**
     * Packs a right operand: at load for a constant, else for each product.
     *
     * @param b uint8 or int8 [k, n]
     * @param memory receives the layout, {@link #rightBytes} long, 64-byte aligned
     */
    Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory);

    /** Bytes of scratch memory, 64-byte aligned, that a product of [m, k] and [k, n] needs. */
    long scratchBytes(int m, int k, int n);

    /**
     * The integer product: {@code c[i,j] = sum over k of (a[i,k] - aZero[i]) * (b[k,j] - bZero[j])}.
     *
     * @param c int32 [m, n]
     */
    void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers);

    /**
     * The integer product with its sums turned into floats.
     *
     * @param c float32 [m, n]
     */
    void multiplyScaled(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            ProductScaling scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers);

    /** The mapping to uint8 for the range of {@code count} floats; NaN does not count. */
    LinearQuantization dynamicQuantization(MemorySegment x, long count, Workers workers);

    /**
     * Turns scales or zero points of any type into float32.
     *
     * @param from FP16, BF16, FLOAT8E8M0 or a type that {@link #dequantize} takes
     */
    void widen(DataType from, long count, MemorySegment x, MemorySegment y);

    /**
     * Quantises: {@code y = round(x / scale) + zeroPoint}, rounded half to even and saturated; for floats narrower than
     * a byte or as narrow, {@code y = convert(x / scale + zeroPoint)}.
     *
     * @param x of {@code types.from()}
     * @param scales float32, laid out as the grid says
     * @param zeroPoints float32, as many
     * @param y of {@code types.to()}
     */
    void quantize(
            QuantizationGrid grid,
            QuantizeTypes types,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y);

    /**
     * Dequantises: {@code y = (x - zeroPoint) * scale}, computed in float32.
     *
     * @param x of type {@code from}: an integer of at most 32 bits, or a float of at most 8 bits
     * @param scales float32, laid out as the grid says
     * @param zeroPoints float32, as many
     * @param y of type {@code to}: FP32, FP16 or BF16
     */
    void dequantize(
            QuantizationGrid grid,
            DataType from,
            DataType to,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y);

    /**
     * Quantises the sums of an integer product: {@code y[i,j] = round((sum[i,j] + bias[j]) * multiplier[j]) + zeroPoint},
     * rounded half to even and saturated to uint8 or int8.
     *
     * @param sums int32 [m, n]
     * @param bias int32 [n]
     * @param multipliers float32 [n]
     * @param y uint8 or int8 [m, n]
     */
    void requantize(
            int m,
            int n,
            MemorySegment sums,
            MemorySegment bias,
            MemorySegment multipliers,
            boolean signed,
            int zeroPoint,
            MemorySegment y);

    /** Bytes that {@link #filters} needs. */
    long filterBytes(FilterShape shape);

    /** Bytes of scratch memory that {@link #filters} needs. */
    long filterScratchBytes(FilterShape shape);

    /**
     * Packs the filters of a convolution: at load for constants, else for each convolution.
     *
     * @param w uint8 or int8 [outputs, channels of a group, window...]
     * @param memory receives the layout, {@link #filterBytes} long, 64-byte aligned
     */
    Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch);

    /** Bytes of scratch memory, 64-byte aligned, that {@link #convolve} needs. */
    long convolutionScratchBytes(ByteWindows windows, FilterShape shape, Workers workers);

    /**
     * Convolves one item with its channels last: a sum is that of {@code (x - xZero) * (w - wZero[output])} under the
     * window, and what lies beyond the edges adds nothing.
     *
     * @param wZero the same for all outputs, or one each
     * @param requantization how sums become bytes; where it is empty, sums are stored
     * @param y uint8 or int8, or int32 for sums: [output positions..., outputs]
     */
    void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
