package dev.nereid.kernels.scalar;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The plain-loop kernels of the quantized family. */
public final class ScalarQuantized implements QuantizedKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private static final Elements UINT8 = Elements.of(DataType.UINT8);

    @Override
    public long leftBytes(int m, int k) {
        return (long) m * k;
    }

    @Override
    public Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers) {
        MemorySegment.copy(a, 0, memory, 0, leftBytes(m, k));
        return new Int8Left(memory, signed, m, k);
    }

    @Override
    public Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers) {
        for (long i = 0; i < (long) m * k; i++) {
            float quotient = x.get(FLOAT, 4 * i) / quantization.scale();
            long value = ScalarQuantization.integer(quotient, quantization.zeroPoint(), UINT8);
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) value);
        }
        return new Int8Left(memory, false, m, k);
    }

    @Override
    public long rightBytes(int k, int n) {
        return (long) k * n;
    }

    @Override
    public Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        MemorySegment.copy(b, 0, memory, 0, rightBytes(k, n));
        return new Int8Right(memory, signed, k, n);
    }

    @Override
    public long scratchBytes(int m, int k, int n) {
        return 0;
    }

    @Override
    public void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers) {
        ScalarInt8Product.multiply(a, aZero, b, bZero, c);
    }

    @Override
    public void multiplyScaled(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            ProductScaling scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers) {
        ScalarInt8Product.multiplyScaled(a, aZero, b, bZero, scaling, c);
    }

    @Override
    public LinearQuantization dynamicQuantization(MemorySegment x, long count, Workers workers) {
        float minimum = 0;
        float maximum = 0;
        for (long i = 0; i < count; i++) {
            float value = x.get(FLOAT, 4 * i);
            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }
        return LinearQuantization.ofRange(minimum, maximum);
    }

    @Override
    public void widen(DataType from, long count, MemorySegment x, MemorySegment y) {
        ScalarQuantization.widen(from, count, x, y);
    }

    @Override
    public void quantize(
            QuantizationGrid grid,
            QuantizeTypes types,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        ScalarQuantization.quantize(grid, types, x, scales, zeroPoints, y);
    }

    @Override
    public void dequantize(
            QuantizationGrid grid,
            DataType from,
            DataType to,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        ScalarQuantization.dequantize(grid, from, to, x, scales, zeroPoints, y);
    }

    @Override
    public void requantize(
            int m,
            int n,
            MemorySegment sums,
            MemorySegment bias,
            MemorySegment multipliers,
            boolean signed,
            int zeroPoint,
            MemorySegment y) {
        ScalarQuantization.requantize(m, n, sums, bias, multipliers, signed, zeroPoint, y);
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return (long) shape.outputs() * shape.k();
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return 0;
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        MemorySegment.copy(w, 0, memory, 0, filterBytes(shape));
        return new Int8Filters(memory, signed, shape);
    }

    @Override
    public long convolutionScratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return 0;
    }

    @Override
    public void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        ScalarInt8Convolution.run(windows, x, w, wZero, requantization, y);
    }
}
