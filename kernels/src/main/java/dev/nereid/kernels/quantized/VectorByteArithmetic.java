package dev.nereid.kernels.quantized;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Sums, products and pooling of quantised tensors with the Vector API. A row of windows is pooled in two steps: the rows of
 * x under it, place by place, and then what its windows read of that.
 */
public final class VectorByteArithmetic implements ByteArithmeticKernels {
    private static final long ALIGNMENT = 64;

    /** Elements that one call of a loop counts, and that are worth a worker's while. */
    private static final int PART = 1 << 15;

    /** A loop over elements from a place on. */
    private interface Loop {
        void run(int count, long from);
    }

    private static void inParts(long count, Workers workers, Loop loop) {
        workers.run(Math.toIntExact(Math.ceilDiv(count, (long) PART)), part -> {
            long from = (long) part * PART;
            loop.run((int) Math.min(PART, count - from), from);
        });
    }

    @Override
    public void add(long count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, Workers workers) {
        check(count, a, b, y);
        inParts(count, workers, (length, from) -> VectorByteLoops.add(length, a, b, y, from));
    }

    @Override
    public void multiply(long count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, Workers workers) {
        check(count, a, b, y);
        inParts(count, workers, (length, from) -> VectorByteLoops.multiply(length, a, b, y, from));
    }

    private static void check(long count, QuantizedBytes... operands) {
        for (QuantizedBytes operand : operands) {
            Objects.checkFromIndexSize(0, count, operand.segment().byteSize());
        }
    }

    /** Int32 for each place of a row of x, for each worker. */
    private static long rowBytes(Window two, int channels) {
        return Int8Panels.roundUp(4L * two.input()[1] * channels, ALIGNMENT);
    }

    @Override
    public long scratchBytes(Window window, int channels, Workers workers) {
        return workers.count() * rowBytes(window.inTwoAxes(), channels);
    }

    /** What is done to a row of windows: rows of x under it from `x` on, its outputs, and memory for a row. */
    private interface Row {
        void pool(int output, long x, int rows, long y, long memory);
    }

    /** Goes through all rows of outputs; rows of x under one lie as many bytes apart as a dilation makes of a row. */
    private static void forEachRow(
            Window two,
            int batch,
            int channels,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers,
            Row row) {
        int outputs = two.output()[0];
        long xRow = (long) two.input()[1] * channels;
        long yRow = (long) two.output()[1] * channels;
        Objects.checkFromIndexSize(0, (long) batch * two.input()[0] * xRow, x.byteSize());
        Objects.checkFromIndexSize(0, (long) batch * outputs * yRow, y.byteSize());
        int all = batch * outputs;
        RowSplit.run(workers, all, all * yRow * two.taps(), (worker, from, to) -> {
            long memory = scratch.address() + worker * rowBytes(two, channels);
            for (int at = from; at < to; at++) {
                Taps taps = Taps.of(two, 0, at % outputs);
                long first = (long) (at / outputs) * two.input()[0] + taps.position();
                row.pool(at % outputs, x.address() + first * xRow, taps.count(), y.address() + at * yRow, memory);
            }
        });
    }

    /** The taps of a window that lie within x along an axis, and where the first of them lies; 0 where there are none. */
    private record Taps(int position, int count) {
        static Taps of(Window window, int axis, int output) {
            int start = window.position(axis, output, 0);
            int dilation = window.dilation()[axis];
            int first = start >= 0 ? 0 : Math.ceilDiv(-start, dilation);
            int left = window.input()[axis] - start;
            int end = Math.min(window.kernel()[axis], left <= 0 ? 0 : Math.ceilDiv(left, dilation));
            return end <= first ? new Taps(0, 0) : new Taps(start + first * dilation, end - first);
        }
    }

    @Override
    public void max(
            Window window,
            int batch,
            int channels,
            boolean signed,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        Window two = window.inTwoAxes();
        int width = two.input()[1];
        int flip = signed ? 0 : 0x80;
        byte lowest = signed ? Byte.MIN_VALUE : 0;
        long dilated = (long) two.dilation()[0] * width * channels;
        Row row = (_, from, rows, to, memory) -> {
            if (rows > 0) {
                VectorByteLoops.highest(width * channels, from, rows, dilated, flip, memory);
            }
            for (int cell = 0; cell < two.output()[1]; cell++) {
                Taps taps = Taps.of(two, 1, cell);
                long own = to + (long) cell * channels;
                if (rows == 0 || taps.count() == 0) {
                    y.asSlice(own - y.address(), channels).fill(lowest);
                    continue;
                }
                long under = memory + (long) taps.position() * channels;
                long step = (long) two.dilation()[1] * channels;
                VectorByteLoops.highest(channels, under, taps.count(), step, flip, own);
            }
        };
        forEachRow(two, batch, channels, x, y, scratch, workers, row);
    }

    @Override
    public void mean(
            Window window,
            int batch,
            int channels,
            QuantizedBytes x,
            int[] counts,
            QuantizedBytes y,
            MemorySegment scratch,
            Workers workers) {
        Window two = window.inTwoAxes();
        int width = two.input()[1];
        float steps = x.scale() / y.scale();
        long dilated = (long) two.dilation()[0] * width * channels;
        Row row = (output, from, rows, to, memory) -> {
            VectorByteLoops.sums(width * channels, from, rows, dilated, x.mask(), x.zeroPoint(), memory);
            for (int cell = 0; cell < two.output()[1]; cell++) {
                Taps taps = Taps.of(two, 1, cell);
                VectorByteLoops.means(
                        channels,
                        memory + 4L * taps.position() * channels,
                        taps.count(),
                        4L * two.dilation()[1] * channels,
                        steps / counts[output * two.output()[1] + cell],
                        y.zeroPoint(),
                        y.lowest(),
                        to + (long) cell * channels);
            }
        };
        forEachRow(two, batch, channels, x.segment(), y.segment(), scratch, workers, row);
    }
}
