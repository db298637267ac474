package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Quantisation between float32 and bytes with the Vector API; what is rare is left to the kernels below. */
public final class VectorQuantization implements QuantizationKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final QuantizationKernels fallback;

    /** The vector kernels over others that know every type. */
    public VectorQuantization(QuantizationKernels fallback) {
        this.fallback = fallback;
    }

    @Override
    public LinearQuantization dynamicQuantization(MemorySegment x, long count, Workers workers) {
        int parts = count < VectorQuantizeLoops.WORTH_SPLITTING ? 1 : workers.count();
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
}
