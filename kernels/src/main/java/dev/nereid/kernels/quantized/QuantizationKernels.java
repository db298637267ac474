package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * Quantisation and the ways back: from floats or sums to quantised numbers, and from those to floats. Every
 * implementation gives the same bits: floats are rounded in the order that is written here. Stateless; for any number of
 * threads.
 */
public interface QuantizationKernels {
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
}
