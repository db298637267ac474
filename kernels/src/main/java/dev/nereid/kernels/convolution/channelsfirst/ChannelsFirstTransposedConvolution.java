package dev.nereid.kernels.convolution.channelsfirst;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Transposed 2-D convolution of {@code FP32} with the channels first: the product of the transposed filters and x, whose
 * rows, one for each channel and tap, are then added to y where the taps lie (col2im).
 */
record ChannelsFirstTransposedConvolution(MatMulKernels matMul, ConvShape shape) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int ALIGNMENT = 64;

    /** Additions that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1L << 18;

    long scratchBytes() {
        MemorySegment nothing = MemorySegment.NULL;
        return columnBytes() + matMul.scratchBytes(filters(nothing, 0), cells(nothing, 0, 0));
    }

    void convolve(
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        MemorySegment columns = scratch.asSlice(0, columnBytes());
        MemorySegment rest = scratch.asSlice(columnBytes());
        Window window = shape.window();
        int channels = shape.groupChannels();
        Matrix product = Matrix.of(columns, channels * window.taps(), window.outputs());
        long additions = (long) channels * window.taps() * window.outputs();
        int shares = additions < WORTH_SPLITTING ? 1 : Math.min(workers.count(), channels);
        Workers taking = shares == 1 ? Workers.single() : workers;
        for (int item = 0; item < shape.batch(); item++) {
            for (int group = 0; group < shape.groups(); group++) {
                int firstChannel = group * channels;
                long firstPlane = (long) item * shape.channels() + firstChannel;
                matMul.multiply(filters(w, group), cells(x, item, group), product, Epilogue.NONE, rest, workers);
                taking.run(shares, share -> {
                    for (int c = channels * share / shares; c < channels * (share + 1) / shares; c++) {
                        long first = (firstPlane + c) * window.inputs();
                        add(columns, c, y, first);
                        if (bias.isPresent()) {
                            addBias(bias.get().get(FLOAT, 4L * (firstChannel + c)), y, first);
                        }
                    }
                });
            }
        }
    }

    private long columnBytes() {
        long bytes = 4L
                * shape.groupChannels()
                * shape.window().taps()
                * shape.window().outputs();
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    /** The filters of a group: [channels * taps, filters]. */
    private Matrix filters(MemorySegment w, int group) {
        int columns = Math.multiplyExact(shape.groupChannels(), shape.window().taps());
        long first = (long) group * shape.groupFilters() * columns;
        return Matrix.of(w, first, shape.groupFilters(), columns).transposed();
    }

    /** What a group reads of an item: [filters, cells]. */
    private Matrix cells(MemorySegment x, int item, int group) {
        long first = (long) item * shape.filters() + (long) group * shape.groupFilters();
        int cells = shape.window().outputs();
        return Matrix.of(x, first * cells, shape.groupFilters(), cells);
    }

    /** Adds up one channel of y. */
    private void add(MemorySegment columns, int channel, MemorySegment y, long first) {
        Window window = shape.window();
        for (long cell = first; cell < first + window.inputs(); cell++) {
            y.set(FLOAT, 4 * cell, 0f);
        }
        long row = (long) channel * window.taps() * window.outputs();
        for (int down = 0; down < window.kernel()[0]; down++) {
            for (int right = 0; right < window.kernel()[1]; right++) {
                for (int at = 0; at < window.output()[0]; at++) {
                    int line = window.position(0, at, down);
                    if (line >= 0 && line < window.input()[0]) {
                        addLine(columns, row, right, y, first + (long) line * window.input()[1]);
                    }
                    row += window.output()[1];
                }
            }
        }
    }

    private void addBias(float bias, MemorySegment y, long first) {
        for (long cell = first; cell < first + shape.window().inputs(); cell++) {
            y.set(FLOAT, 4 * cell, y.get(FLOAT, 4 * cell) + bias);
        }
    }

    private void addLine(MemorySegment columns, long from, int right, MemorySegment y, long to) {
        Window window = shape.window();
        int stride = window.stride()[1];
        int before = -window.position(1, 0, right);
        int low = Math.max(0, Math.ceilDiv(before, stride));
        int high = Math.min(window.output()[1], Math.floorDiv(window.input()[1] - 1 + before, stride) + 1);
        long target = 4 * (to - before + (long) low * stride);
        for (int at = low; at < high; at++) {
            y.set(FLOAT, target, y.get(FLOAT, target) + columns.get(FLOAT, 4 * (from + at)));
            target += 4L * stride;
        }
    }
}
