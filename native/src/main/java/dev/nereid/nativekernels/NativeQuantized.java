package dev.nereid.nativekernels;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8Correction;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.ProductSplit;
import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Integer products with VNNI instructions in C; the rest of the family is left to the kernels below. */
final class NativeQuantized implements QuantizedKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final long SMALLEST_WORTH_SPLITTING = 1L << 20;

    private final QuantizedCalls calls;
    private final Int8Panels panels;
    private final QuantizedKernels fallback;
    private final NativeConvolution convolution;

    NativeQuantized(QuantizedCalls calls, QuantizedKernels fallback) {
        this.calls = calls;
        this.panels = new Int8Panels(calls.variant().panelColumns());
        this.fallback = fallback;
        this.convolution = new NativeConvolution(calls, panels);
    }

    @Override
    public long leftBytes(int m, int k) {
        return Uint8Rows.bytes(m, k);
    }

    @Override
    public Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers) {
        MemorySegment sums = memory.asSlice(Uint8Rows.sumsOffset(m, k), 4L * m);
        calls.rows(m, k, a, signed ? 0x80 : 0, memory, sums);
        return new Int8Left(memory, signed, m, k);
    }

    @Override
    public Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers) {
        int parts = (long) m * k < SMALLEST_WORTH_SPLITTING ? 1 : workers.count();
        int step = Math.max(1, Math.ceilDiv(m, parts));
        workers.run(Math.ceilDiv(m, step), part -> {
            int from = part * step;
            int count = Math.min(m, from + step) - from;
            calls.quantize(
                    count,
                    k,
                    x.asSlice(4L * from * k, 4L * count * k),
                    quantization.scale(),
                    quantization.zeroPoint(),
                    memory.asSlice(from * Uint8Rows.rowBytes(k), count * Uint8Rows.rowBytes(k)),
                    memory.asSlice(Uint8Rows.sumsOffset(m, k) + 4L * from, 4L * count));
        });
        return new Int8Left(memory, false, m, k);
    }

    @Override
    public long rightBytes(int k, int n) {
        return panels.bytes(k, n);
    }

    @Override
    public Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        Int8Right right = new Int8Right(memory, signed, k, n);
        calls.pack(b, k, n, panels.columns(), signed ? 0 : 0x80, memory, panels.sums(right));
        return right;
    }

    @Override
    public long scratchBytes(int m, int k, int n) {
        return Int8Correction.scratchBytes(n);
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
        multiply(a, aZero, b, bZero, Optional.empty(), c, scratch, workers);
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
        multiply(a, aZero, b, bZero, Optional.of(scaling), c, scratch, workers);
    }

    @Override
    public LinearQuantization dynamicQuantization(MemorySegment x, long count, Workers workers) {
        return fallback.dynamicQuantization(x, count, workers);
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
        fallback.quantize(grid, types, x, scales, zeroPoints, y);
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
        fallback.dequantize(grid, from, to, x, scales, zeroPoints, y);
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
        fallback.requantize(m, n, sums, bias, multipliers, signed, zeroPoint, y);
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
        return convolution.scratchBytes(windows, shape);
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

    private void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            Optional<ProductScaling> scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers) {
        MemorySegment sums = panels.sums(b);
        if (aZero.each().isEmpty()) {
            int zero = Uint8Rows.storedZeroPoint(a.signed(), aZero.uniform());
            Int8Correction correction = Int8Correction.of(zero, b, sums, bZero, scratch);
            ProductSplit.run(
                    workers,
                    a.m(),
                    a.k(),
                    b.n(),
                    panels.columns(),
                    (rowFrom, rowTo, columnFrom, columnTo) ->
                            multiply(a, b, correction, scaling, rowFrom, rowTo, columnFrom, columnTo, c));
            return;
        }
        for (int i = 0; i < a.m(); i++) {
            int zero = Uint8Rows.storedZeroPoint(a.signed(), aZero.each().get().get(INT, 4L * i));
            Int8Correction correction = Int8Correction.of(zero, b, sums, bZero, scratch);
            multiply(a, b, correction, scaling, i, i + 1, 0, b.n(), c);
        }
    }

    private void multiply(
            Int8Left a,
            Int8Right b,
            Int8Correction correction,
            Optional<ProductScaling> scaling,
            int rowFrom,
            int rowTo,
            int columnFrom,
            int columnTo,
            MemorySegment c) {
        long rowBytes = Uint8Rows.rowBytes(a.k());
        long column = 4L * columnFrom;
        MemorySegment rowSums = a.memory().asSlice(Uint8Rows.sumsOffset(a.m(), a.k()) + 4L * rowFrom);
        calls.multiply(
                rowTo - rowFrom,
                columnTo - columnFrom,
                (int) (rowBytes / 4),
                a.memory().asSlice(rowFrom * rowBytes),
                rowBytes,
                b.memory().asSlice(columnFrom * rowBytes),
                c.asSlice(4L * rowFrom * b.n() + column),
                b.n(),
                correction.start().asSlice(column),
                correction.hasFactor() ? correction.factor().asSlice(column) : MemorySegment.NULL,
                rowSums,
                scaling.map(s -> s.scales().asSlice(column)).orElse(MemorySegment.NULL),
                scaling.flatMap(ProductScaling::bias)
                        .map(s -> s.asSlice(column))
                        .orElse(MemorySegment.NULL));
    }
}
