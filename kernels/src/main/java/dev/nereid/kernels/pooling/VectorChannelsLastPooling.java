package dev.nereid.kernels.pooling;

import dev.nereid.kernels.convolution.SegmentChecks;
import dev.nereid.kernels.convolution.TaskSplit;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.pooling.PoolingKernels.Reduction;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Max and average pooling with the channels last, split over workers by rows of output pixels. Over three axes it pools
 * rows and columns first, then frames, with the pixels of a frame as channels.
 */
final class VectorChannelsLastPooling {
    /** Elements of a pooling's input that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1_000_000;

    private static final int VOLUME = 3;

    private final Optional<MaxPoolKernel> maxPool;

    /** With max pooling by {@code maxPool}, before the loops of {@link ChannelsLastMaxPool}. */
    VectorChannelsLastPooling(Optional<MaxPoolKernel> maxPool) {
        this.maxPool = maxPool;
    }

    static long scratchBytes(Window window, int batch, int channels) {
        if (window.rank() < VOLUME) {
            return 0;
        }
        return (long) frames(window, batch) * plane(window).outputs() * channels * Float.BYTES;
    }

    private static Window plane(Window window) {
        return window.axes(1, VOLUME);
    }

    /** Frames of all items. */
    private static int frames(Window window, int batch) {
        return Math.multiplyExact(batch, window.input()[0]);
    }

    private static int planeElements(Window window, int channels) {
        return Math.multiplyExact(plane(window).outputs(), channels);
    }

    void max(
            Window window,
            int batch,
            int channels,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        if (window.rank() < VOLUME) {
            max(window, batch, channels, x, y, workers);
            return;
        }
        max(plane(window), frames(window, batch), channels, x, scratch, workers);
        max(window.axes(0, 1), batch, planeElements(window, channels), scratch, y, workers);
    }

    void mean(
            Window window,
            int batch,
            int channels,
            Reduction.Mean mean,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        if (window.rank() < VOLUME) {
            mean(window, batch, channels, x, mean.counts(window, 0, window.rank()), y, workers);
            return;
        }
        mean(plane(window), frames(window, batch), channels, x, mean.counts(window, 1, VOLUME), scratch, workers);
        int[] counts = mean.counts(window, 0, 1);
        mean(window.axes(0, 1), batch, planeElements(window, channels), scratch, counts, y, workers);
    }

    private void max(Window window, int batch, int channels, MemorySegment x, MemorySegment y, Workers workers) {
        Window flat = window.inTwoAxes();
        checkPool(flat, batch, channels, x, y);
        Optional<MaxPoolRows> rows = maxPool.filter(_ -> channels >= MaxPoolKernel.LEAST_CHANNELS)
                .map(cells -> new MaxPoolRows(cells, flat, channels));
        pool(flat, batch, channels, workers, (item, row) -> {
            long from = cell(x, flat.inputs(), item, 0, channels);
            long to = cell(y, flat.outputs(), item, row * flat.output()[1], channels);
            if (rows.isEmpty() || !rows.get().row(row, from, to)) {
                ChannelsLastPooling.max(flat, channels, row, from, to);
            }
        });
    }

    private static void mean(
            Window window, int batch, int channels, MemorySegment x, int[] divisors, MemorySegment y, Workers workers) {
        Window flat = window.inTwoAxes();
        checkPool(flat, batch, channels, x, y);
        pool(flat, batch, channels, workers, (item, row) -> {
            long to = cell(y, flat.outputs(), item, row * flat.output()[1], channels);
            ChannelsLastPooling.mean(flat, channels, row, cell(x, flat.inputs(), item, 0, channels), divisors, to);
        });
    }

    /** What computes one row of output cells of one item. */
    @FunctionalInterface
    private interface RowTask {
        void run(int item, int row);
    }

    private static void pool(Window window, int batch, int channels, Workers workers, RowTask task) {
        int height = window.output()[0];
        int rows = batch * height;
        long work = (long) batch * window.outputs() * window.taps() * channels;
        int shares = work < WORTH_SPLITTING ? 1 : Math.min(rows, workers.count());
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            for (int at = TaskSplit.first(rows, share, shares); at < TaskSplit.first(rows, share + 1, shares); at++) {
                task.run(at / height, at % height);
            }
        });
    }

    private static long cell(MemorySegment segment, int cells, int item, int cell, int channels) {
        return segment.address() + ((long) item * cells + cell) * channels * Float.BYTES;
    }

    private static void checkPool(Window flat, int batch, int channels, MemorySegment x, MemorySegment y) {
        SegmentChecks.floats("x", x, (long) batch * flat.inputs() * channels);
        SegmentChecks.floats("y", y, (long) batch * flat.outputs() * channels);
    }
}
