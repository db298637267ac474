package dev.nereid.kernels.pooling;

import dev.nereid.kernels.convolution.PaddedPlane;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarPooling;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/**
 * Max and average pooling of {@code FP32} over up to two axes: by {@link LinePooling}, or the whole channel as it lies where
 * the window spans it, or a row of output at a time ({@link WideStridePooling}). Everything else is delegated to the scalar kernels.
 */
public final class VectorPooling implements PoolingKernels {
    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Bytes of the twelve numbers that say how a window moves, a multiple of 64. */
    private static final int WINDOW_BYTES = 64;

    private final ScalarPooling scalar = new ScalarPooling();
    private final Optional<MaxPoolKernel> kernel;
    private final VectorChannelsLastPooling channelsLast;

    /** Everything by vectors. */
    public VectorPooling() {
        this(Optional.empty());
    }

    /** With a kernel for the maxima that suit it. */
    public VectorPooling(Optional<MaxPoolKernel> kernel) {
        this.kernel = kernel;
        this.channelsLast = new VectorChannelsLastPooling(kernel);
    }

    @Override
    public long scratchBytes(Window window) {
        if (isWhole(window)) {
            return 0;
        }
        if (window.rank() > 2) {
            return ChannelsFirstPooling3d.suits(window)
                    ? ChannelsFirstPooling3d.bytes(window) + scratchBytes(ChannelsFirstPooling3d.across(window))
                    : 0;
        }
        Window flat = window.inTwoAxes();
        long line = 4L * wholeVectors(flat.input()[1]);
        long counts = 4L * wholeVectors(flat.output()[1]);
        return lineBytes(flat)
                + line
                + Math.max(counts, PaddedPlane.of(across(flat)).bytes());
    }

    private static int wholeVectors(int cells) {
        return Math.ceilDiv(cells, LANES) * LANES;
    }

    private static long lineBytes(Window window) {
        return LinePooling.suits(window) ? LinePooling.of(window).bytes() + WINDOW_BYTES : 0;
    }

    /** Writes how a window moves as a {@link MaxPoolKernel} reads it. */
    private static void write(Window window, MemorySegment memory) {
        int[][] numbers = {
            window.input(), window.kernel(), window.stride(), window.dilation(), window.padding(), window.output()
        };
        for (int i = 0; i < 2 * numbers.length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, numbers[i / 2][i % 2]);
        }
    }

    @Override
    public void max(
            DataType type,
            int channels,
            Window window,
            MemorySegment x,
            MemorySegment y,
            Optional<MemorySegment> indices,
            boolean firstAxisFastest,
            MemorySegment scratch) {
        boolean stacked = indices.isEmpty() && ChannelsFirstPooling3d.suits(window);
        boolean suits = window.rank() <= 2 && !(indices.isPresent() && firstAxisFastest);
        if (type != DataType.FP32 || !(suits || stacked)) {
            scalar.max(type, channels, window, x, y, indices, firstAxisFastest, scratch);
            return;
        }
        Objects.checkFromIndexSize(0, 4L * channels * window.inputs(), x.byteSize());
        Objects.checkFromIndexSize(0, 4L * channels * window.outputs(), y.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(window), scratch.byteSize());
        if (isWhole(window)) {
            for (int channel = 0; channel < channels; channel++) {
                long from = x.address() + 4L * channel * window.inputs();
                y.set(FLOAT, 4L * channel, MaxPoolLines.of(from, window.inputs()));
            }
        } else if (stacked) {
            maxPool3d(channels, window, x, y, scratch);
        } else {
            maxPool(channels, window.inTwoAxes(), x, y, scratch);
        }
        if (indices.isPresent()) {
            places(channels, window.inTwoAxes(), x, y, indices.get());
        }
    }

    private void maxPool3d(int channels, Window window, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        Window across = ChannelsFirstPooling3d.across(window);
        MemorySegment rest = scratch.asSlice(ChannelsFirstPooling3d.bytes(window));
        int planes = window.output()[0];
        ChannelsFirstPooling3d stacked = ChannelsFirstPooling3d.of(window);
        for (long channel = 0; channel < channels; channel++) {
            stacked.maxPool(x.address() + 4 * channel * window.inputs(), scratch.address(), kernel);
            maxPool(planes, across, scratch, y.asSlice(4 * channel * window.outputs()), rest);
        }
    }

    private static void places(int channels, Window window, MemorySegment x, MemorySegment y, MemorySegment indices) {
        Objects.checkFromIndexSize(0, (long) Long.BYTES * channels * window.outputs(), indices.byteSize());
        MaxPoolIndices places = new MaxPoolIndices(window);
        for (long channel = 0; channel < channels; channel++) {
            long first = channel * window.inputs();
            long result = channel * window.outputs();
            places.ofChannel(
                    x.address() + Float.BYTES * first,
                    y.address() + Float.BYTES * result,
                    indices.address() + Long.BYTES * result,
                    first);
        }
    }

    private void maxPool(int channels, Window window, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        MemorySegment rest = scratch.asSlice(lineBytes(window));
        int rows = window.output()[0];
        if (!LinePooling.suits(window)) {
            WideStridePooling far = WideStridePooling.of(window);
            for (long channel = 0; channel < channels; channel++) {
                long to = y.address() + 4 * channel * window.outputs();
                far.maxPool(x.address() + 4 * channel * window.inputs(), to, rest.address());
            }
            return;
        }
        LinePooling lines = LinePooling.of(window);
        int[] firstRows = LinePooling.firstRows(window);
        int[] counts = LinePooling.counts(window);
        long line = lines.first(scratch.address());
        int cells = window.output()[1];
        lines.clear(scratch.address(), Float.NEGATIVE_INFINITY);
        Optional<MaxPoolKernel> taking = kernel.filter(_ -> window.kernel()[1] <= MaxPoolKernel.MOST_COLUMNS);
        MemorySegment numbers = scratch.asSlice(lines.bytes(), WINDOW_BYTES);
        taking.ifPresent(_ -> write(window, numbers));
        for (int channel = 0; channel < channels; channel++) {
            long from = x.address() + 4L * channel * window.inputs();
            long to = y.address() + 4L * channel * window.outputs();
            boolean done = taking.isPresent()
                    && taking.get().plane(numbers.address(), lines.rows(), lines.partCells(), from, line, to);
            for (int row = 0; !done && row < rows; row += lines.rows()) {
                int end = Math.min(rows, row + lines.rows());
                if (ChannelsFirstMaxPool.down(lines, from, firstRows, counts, row, end, line)) {
                    ChannelsFirstMaxPool.across(
                            line, lines.lineBytes(), lines.taps(), end - row, to + 4L * row * cells, cells);
                } else {
                    maxPoolRows(window, channel, row, end, x, y, rest);
                }
            }
        }
    }

    /**
     * Some rows of windows of a channel: the rows under each first, place by place, as they lie; what is left gets padding
     * and phases, and then its columns are compared.
     */
    private static void maxPoolRows(
            Window window,
            int channel,
            int firstRow,
            int endRow,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch) {
        Window across = across(window);
        PaddedPlane plane = PaddedPlane.of(across);
        int[] columns = plane.taps(across);
        int[] rows = new int[window.kernel()[0]];
        Arrays.setAll(rows, ky -> ky * window.dilation()[0] * window.input()[1] * Float.BYTES);
        MemorySegment line = scratch.asSlice(plane.bytes());
        int width = window.input()[1];
        int cells = window.output()[1];
        for (int row = firstRow; row < endRow; row++) {
            int top = 0;
            while (top < rows.length && window.position(0, row, top) < 0) {
                top++;
            }
            int end = rows.length;
            while (end > top && window.position(0, row, end - 1) >= window.input()[0]) {
                end--;
            }
            long to = y.address() + 4 * ((long) channel * window.outputs() + (long) row * cells);
            if (top == end) {
                MaxPoolLines.ofAnyLines(0, new int[0], to, cells);
                continue;
            }
            int[] lines = end - top == rows.length ? rows : Arrays.copyOf(rows, end - top);
            long first = (long) channel * window.input()[0] + window.position(0, row, top);
            long from = x.address() + 4 * first * width;
            boolean right = MaxPoolLines.ofLines(from, lines, line.address(), width);
            plane.fill(across, line, 0, scratch, Float.NEGATIVE_INFINITY);
            if (!right || !MaxPoolLines.ofLines(scratch.address(), columns, to, cells)) {
                MaxPoolLines.ofAnyLines(from, lines, line.address(), width);
                plane.fill(across, line, 0, scratch, Float.NEGATIVE_INFINITY);
                MaxPoolLines.ofAnyLines(scratch.address(), columns, to, cells);
            }
        }
    }

    /** What a window does along its second axis. */
    private static Window across(Window window) {
        return new Window(
                new int[] {1, window.input()[1]},
                new int[] {1, window.kernel()[1]},
                new int[] {1, window.stride()[1]},
                new int[] {1, window.dilation()[1]},
                new int[] {0, window.padding()[1]},
                new int[] {1, window.output()[1]});
    }

    @Override
    public void reduce(
            DataType type,
            int channels,
            Window window,
            Reduction reduction,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch) {
        boolean suits = window.rank() <= 2 || ChannelsFirstPooling3d.suits(window);
        if (type != DataType.FP32 || !suits || !(reduction instanceof Reduction.Mean mean)) {
            scalar.reduce(type, channels, window, reduction, x, y, scratch);
            return;
        }
        Objects.checkFromIndexSize(0, 4L * channels * window.inputs(), x.byteSize());
        Objects.checkFromIndexSize(0, 4L * channels * window.outputs(), y.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(window), scratch.byteSize());
        if (isWhole(window)) {
            ChannelsFirstAveragePool.whole(channels, window.inputs(), x.address(), y.address());
        } else if (window.rank() > 2) {
            averagePool3d(channels, window, mean, x, y, scratch);
        } else {
            means(channels, window, mean, 1, x, y, scratch);
        }
    }

    private static void averagePool3d(
            int channels, Window window, Reduction.Mean mean, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        Window across = ChannelsFirstPooling3d.across(window);
        Reduction.Mean inPlane =
                new Reduction.Mean(mean.countsPadding(), ChannelsFirstPooling3d.last(mean.paddingEnd()));
        MemorySegment rest = scratch.asSlice(ChannelsFirstPooling3d.bytes(window));
        int[] counted = new int[window.output()[0]];
        Arrays.setAll(counted, plane -> mean.count(window, 0, plane));
        // Mostly all are the same, and the sums are divided once.
        boolean same = Arrays.stream(counted).allMatch(count -> count == counted[0]);
        ChannelsFirstPooling3d stacked = ChannelsFirstPooling3d.of(window);
        for (long channel = 0; channel < channels; channel++) {
            MemorySegment to = y.asSlice(4 * channel * window.outputs());
            stacked.sums(x.address() + 4 * channel * window.inputs(), scratch.address());
            means(counted.length, across, inPlane, same ? counted[0] : 1, scratch, to, rest);
            for (int plane = 0; plane < counted.length && !same; plane++) {
                ChannelsFirstPooling3d.divide(
                        to.address() + 4L * plane * across.outputs(), across.outputs(), counted[plane]);
            }
        }
    }

    /** @param times how often each cell of the input is counted */
    private static void means(
            int channels,
            Window window,
            Reduction.Mean mean,
            int times,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch) {
        Window flat = window.inTwoAxes();
        int front = 2 - window.rank();
        MemorySegment counts = scratch.asSlice(lineBytes(flat));
        for (int cell = 0; cell < flat.output()[1]; cell++) {
            counts.set(FLOAT, 4L * cell, mean.count(window, 1 - front, cell));
        }
        int[] counted = new int[flat.output()[0]];
        Arrays.setAll(counted, row -> times * (front == 0 ? mean.count(window, 0, row) : 1));
        if (LinePooling.suits(flat)) {
            meansByLines(channels, flat, counted, counts.address(), x, y, scratch.address());
            return;
        }
        WideStridePooling rows = WideStridePooling.of(flat);
        long line = counts.address() + 4L * wholeVectors(flat.output()[1]);
        for (long channel = 0; channel < channels; channel++) {
            long from = x.address() + 4 * channel * flat.inputs();
            rows.means(counted, counts.address(), from, y.address() + 4 * channel * flat.outputs(), line);
        }
    }

    private static void meansByLines(
            int channels, Window window, int[] counted, long counts, MemorySegment x, MemorySegment y, long scratch) {
        LinePooling lines = LinePooling.of(window);
        int[] firstRows = LinePooling.firstRows(window);
        int[] rowCounts = LinePooling.counts(window);
        long line = lines.first(scratch);
        int rows = window.output()[0];
        lines.clear(scratch, 0f);
        for (int channel = 0; channel < channels; channel++) {
            long from = x.address() + 4L * channel * window.inputs();
            long to = y.address() + 4L * channel * window.outputs();
            for (int row = 0; row < rows; row += lines.rows()) {
                int end = Math.min(rows, row + lines.rows());
                ChannelsFirstAveragePool.down(lines, from, firstRows, rowCounts, row, end, line);
                ChannelsFirstAveragePool.across(
                        line, lines.lineBytes(), lines.taps(), counted, row, end, counts, to, window.output()[1]);
            }
        }
    }

    /** Whether one window reads every cell once. */
    private static boolean isWhole(Window window) {
        boolean whole = true;
        for (int axis = 0; axis < window.rank(); axis++) {
            whole &= window.output()[axis] == 1
                    && window.padding()[axis] == 0
                    && window.dilation()[axis] == 1
                    && window.kernel()[axis] == window.input()[axis];
        }
        return whole;
    }

    @Override
    public long channelsLastScratchBytes(Window window, int batch, int channels) {
        return VectorChannelsLastPooling.scratchBytes(window, batch, channels);
    }

    @Override
    public void maxChannelsLast(
            Window window,
            int batch,
            int channels,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        channelsLast.max(window, batch, channels, x, y, scratch, workers);
    }

    @Override
    public void meanChannelsLast(
            Window window,
            int batch,
            int channels,
            Reduction.Mean mean,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        channelsLast.mean(window, batch, channels, mean, x, y, scratch, workers);
    }
}
