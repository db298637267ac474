package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The Vector API kernels of the quantized family; what is rare is left to the plain loops below. */
public final class VectorQuantized implements QuantizedKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final long SMALLEST_WORTH_SPLITTING = 1L << 20;

    private final QuantizedKernels fallback;
    private final PatchConvolution convolution = new PatchConvolution(this);

    /** The vector kernels over others that know every type. */
    public VectorQuantized(QuantizedKernels fallback) {
        this.fallback = fallback;
    }

    @Override
    public long leftBytes(int m, int k) {
        return VectorInt8Product.leftBytes(m, k);
    }

    @Override
    public Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers) {
        return VectorInt8Product.left(signed, m, k, a, memory);
    }

    @Override
    public Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers) {
        VectorInt8Product.clearEdges(m, k, memory);
        int count = (long) m * k < SMALLEST_WORTH_SPLITTING ? 1 : workers.count();
        int rows = Math.max(1, Math.ceilDiv(m, count));
        long sums = VectorInt8Product.sumsOffset(m, k);
        workers.run(Math.ceilDiv(m, rows), part -> {
            for (int i = part * rows; i < Math.min(m, (part + 1) * rows); i++) {
                int sum = VectorQuantizeLoops.quantizeToFloats(
                        k,
                        x,
                        4L * i * k,
                        quantization.scale(),
                        quantization.zeroPoint(),
                        memory,
                        i * VectorInt8Product.rowBytes(k));
                memory.set(INT, sums + 4L * i, sum);
            }
        });
        return new Int8Left(memory, false, m, k);
    }

    @Override
    public long rightBytes(int k, int n) {
        return VectorInt8Product.panels().bytes(k, n);
    }

    @Override
    public Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        return VectorInt8Product.panels().pack(signed, k, n, b, memory);
    }

    @Override
    public long scratchBytes(int m, int k, int n) {
        return VectorInt8Product.scratchBytes(m, n);
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
        VectorInt8Product.multiply(a, aZero, b, bZero, Optional.empty(), c, scratch, workers);
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
        VectorInt8Product.multiply(a, aZero, b, bZero, Optional.of(scaling), c, scratch, workers);
    }

    @Override
    public LinearQuantization dynamicQuantization(MemorySegment x, long count, Workers workers) {
        int parts = count < SMALLEST_WORTH_SPLITTING ? 1 : workers.count();
        long step = Math.max(1, Math.ceilDiv(count, parts));
        float[][] ranges = new float[parts][2];
        workers.run(parts, part -> {
            long from = Math.min(count, part * step);
            VectorQuantizeLoops.range(Math.min(count, from + step) - from, x, 4 * from, ranges[part]);
        });
        float minimum = 0;
        float maximum = 0;
        for (float[] range : ranges) {
            minimum = Math.min(minimum, range[0]);
            maximum = Math.max(maximum, range[1]);
        }
        return LinearQuantization.ofRange(minimum, maximum);
    }

    @Override
    public void widen(DataType from, long count, MemorySegment x, MemorySegment y) {
        fallback.widen(from, count, x, y);
    }

    @Override
    public void quantize(
            QuantizationGrid grid,
            QuantizeTypes types,
            MemorySegment x,
            MemorySegment scales,
            MemorySegment zeroPoints,
            MemorySegment y) {
        boolean bytes = types.to() == DataType.INT8 || types.to() == DataType.UINT8;
        if (types.from() != DataType.FP32 || types.precision() != DataType.FP32 || !bytes) {
            fallback.quantize(grid, types, x, scales, zeroPoints, y);
            return;
        }
        int lowest = types.to() == DataType.INT8 ? Byte.MIN_VALUE : 0;
        int highest = lowest + 255;
        grid.forEachStrip((offset, length, scale, own) -> {
            if (own) {
                VectorQuantizeLoops.quantizeEach(
                        length, x, 4 * offset, scales, zeroPoints, 4 * scale, lowest, highest, y, offset);
            } else {
                VectorQuantizeLoops.quantize(
                        length,
                        x,
                        4 * offset,
                        scales.get(FLOAT, 4 * scale),
                        (int) zeroPoints.get(FLOAT, 4 * scale),
                        lowest,
                        highest,
                        y,
                        offset);
            }
        });
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
        boolean bytes = from == DataType.INT8 || from == DataType.UINT8;
        if (to != DataType.FP32 || !bytes) {
            fallback.dequantize(grid, from, to, x, scales, zeroPoints, y);
            return;
        }
        boolean signed = from == DataType.INT8;
        grid.forEachStrip((offset, length, scale, own) -> {
            if (own) {
                VectorQuantizeLoops.dequantizeEach(
                        length, signed, x, offset, scales, zeroPoints, 4 * scale, y, 4 * offset);
            } else {
                float zeroPoint = zeroPoints.get(FLOAT, 4 * scale);
                VectorQuantizeLoops.dequantize(
                        length, signed, x, offset, scales.get(FLOAT, 4 * scale), zeroPoint, y, 4 * offset);
            }
        });
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
        int lowest = signed ? Byte.MIN_VALUE : 0;
        for (int i = 0; i < m; i++) {
            long row = (long) i * n;
            VectorQuantizeLoops.requantize(
                    n, sums, 4 * row, bias, multipliers, zeroPoint, lowest, lowest + 255, y, row);
        }
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return convolution.filterBytes(shape);
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return convolution.filterScratchBytes(shape);
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        return convolution.filters(shape, signed, w, memory, scratch);
    }

    @Override
    public long convolutionScratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return convolution.scratchBytes(shape, workers);
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
        convolution.run(windows, x, w, wZero, requantization, y, scratch, workers);
    }
}
