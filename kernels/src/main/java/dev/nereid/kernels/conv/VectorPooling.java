package dev.nereid.kernels.conv;

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
 * Highest cells and means of {@code FP32} over up to two axes: by {@link PooledLines}, or the whole channel as it lies where
 * the window spans it, or a row of output at a time ({@link FarWindows}). Everything else is left to the plain loops.
 */
public final class VectorPooling implements PoolingKernels {
    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Bytes of the twelve numbers that say how a window moves, a multiple of 64. */
    private static final int WINDOW_BYTES = 64;

    private final ScalarPooling scalar = new ScalarPooling();
    private final Optional<HighestKernel> kernel;
    private final Optional<PickKernel> picking;

    /** Everything by vectors. */
    public VectorPooling() {
        this(Optional.empty(), Optional.empty());
    }

    /**
     * With kernels for what suits them.
     *
     * @param kernel for the highest cells
     * @param picking for words of an image
     */
    public VectorPooling(Optional<HighestKernel> kernel, Optional<PickKernel> picking) {
        this.kernel = kernel;
        this.picking = picking;
    }

    @Override
    public long scratchBytes(Window window) {
        if (isWhole(window)) {
            return 0;
        }
        if (window.rank() > 2) {
            return StackedPlanes.suits(window)
                    ? StackedPlanes.bytes(window) + scratchBytes(StackedPlanes.across(window))
                    : 0;
        }
        Window flat = window.inTwoAxes();
        long line = 4L * wholeVectors(flat.input()[1]);
        long counts = 4L * wholeVectors(flat.output()[1]);
        return lineBytes(flat) + line + Math.max(counts, Plane.of(across(flat)).bytes());
    }

    private static int wholeVectors(int cells) {
        return Math.ceilDiv(cells, LANES) * LANES;
    }

    private static long lineBytes(Window window) {
        return PooledLines.suits(window) ? PooledLines.of(window).bytes() + WINDOW_BYTES : 0;
    }

    /** Writes how a window moves as a {@link HighestKernel} reads it. */
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
        boolean stacked = indices.isEmpty() && StackedPlanes.suits(window);
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
                y.set(FLOAT, 4L * channel, HighestLines.of(from, window.inputs()));
            }
        } else if (stacked) {
            highestOfVolumes(channels, window, x, y, scratch);
        } else {
            highest(channels, window.inTwoAxes(), x, y, scratch);
        }
        if (indices.isPresent()) {
            places(channels, window.inTwoAxes(), x, y, indices.get());
        }
    }

    private void highestOfVolumes(
            int channels, Window window, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        Window across = StackedPlanes.across(window);
        MemorySegment rest = scratch.asSlice(StackedPlanes.bytes(window));
        int planes = window.output()[0];
        StackedPlanes stacked = StackedPlanes.of(window);
        for (long channel = 0; channel < channels; channel++) {
            stacked.highest(x.address() + 4 * channel * window.inputs(), scratch.address(), kernel);
            highest(planes, across, scratch, y.asSlice(4 * channel * window.outputs()), rest);
        }
    }

    private static void places(int channels, Window window, MemorySegment x, MemorySegment y, MemorySegment indices) {
        Objects.checkFromIndexSize(0, (long) Long.BYTES * channels * window.outputs(), indices.byteSize());
        HighestPlaces places = new HighestPlaces(window);
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

    private void highest(int channels, Window window, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        MemorySegment rest = scratch.asSlice(lineBytes(window));
        int rows = window.output()[0];
        if (!PooledLines.suits(window)) {
            FarWindows far = FarWindows.of(window);
            for (long channel = 0; channel < channels; channel++) {
                long to = y.address() + 4 * channel * window.outputs();
                far.highest(x.address() + 4 * channel * window.inputs(), to, rest.address());
            }
            return;
        }
        PooledLines lines = PooledLines.of(window);
        int[] firstRows = PooledLines.firstRows(window);
        int[] counts = PooledLines.counts(window);
        long line = lines.first(scratch.address());
        int cells = window.output()[1];
        lines.clear(scratch.address(), Float.NEGATIVE_INFINITY);
        Optional<HighestKernel> taking = kernel.filter(_ -> window.kernel()[1] <= HighestKernel.MOST_COLUMNS);
        MemorySegment numbers = scratch.asSlice(lines.bytes(), WINDOW_BYTES);
        taking.ifPresent(_ -> write(window, numbers));
        for (int channel = 0; channel < channels; channel++) {
            long from = x.address() + 4L * channel * window.inputs();
            long to = y.address() + 4L * channel * window.outputs();
            boolean done = taking.isPresent()
                    && taking.get().plane(numbers.address(), lines.rows(), lines.partCells(), from, line, to);
            for (int row = 0; !done && row < rows; row += lines.rows()) {
                int end = Math.min(rows, row + lines.rows());
                if (PooledHighest.down(lines, from, firstRows, counts, row, end, line)) {
                    PooledHighest.across(
                            line, lines.lineBytes(), lines.taps(), end - row, to + 4L * row * cells, cells);
                } else {
                    highestOfRows(window, channel, row, end, x, y, rest);
                }
            }
        }
    }

    /**
     * Some rows of windows of a channel: the rows under each first, place by place, as they lie; what is left gets padding
     * and phases, and then its columns are compared.
     */
    private static void highestOfRows(
            Window window,
            int channel,
            int firstRow,
            int endRow,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch) {
        Window across = across(window);
        Plane plane = Plane.of(across);
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
                HighestLines.ofAnyLines(0, new int[0], to, cells);
                continue;
            }
            int[] lines = end - top == rows.length ? rows : Arrays.copyOf(rows, end - top);
            long first = (long) channel * window.input()[0] + window.position(0, row, top);
            long from = x.address() + 4 * first * width;
            boolean right = HighestLines.ofLines(from, lines, line.address(), width);
            plane.fill(across, line, 0, scratch, Float.NEGATIVE_INFINITY);
            if (!right || !HighestLines.ofLines(scratch.address(), columns, to, cells)) {
                HighestLines.ofAnyLines(from, lines, line.address(), width);
                plane.fill(across, line, 0, scratch, Float.NEGATIVE_INFINITY);
                HighestLines.ofAnyLines(scratch.address(), columns, to, cells);
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
        boolean suits = window.rank() <= 2 || StackedPlanes.suits(window);
        if (type != DataType.FP32 || !suits || !(reduction instanceof Reduction.Mean mean)) {
            scalar.reduce(type, channels, window, reduction, x, y, scratch);
            return;
        }
        Objects.checkFromIndexSize(0, 4L * channels * window.inputs(), x.byteSize());
        Objects.checkFromIndexSize(0, 4L * channels * window.outputs(), y.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(window), scratch.byteSize());
        if (isWhole(window)) {
            PooledMeans.whole(channels, window.inputs(), x.address(), y.address());
        } else if (window.rank() > 2) {
            meansOfVolumes(channels, window, mean, x, y, scratch);
        } else {
            means(channels, window, mean, 1, x, y, scratch);
        }
    }

    private static void meansOfVolumes(
            int channels, Window window, Reduction.Mean mean, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        Window across = StackedPlanes.across(window);
        Reduction.Mean inPlane = new Reduction.Mean(mean.countsPadding(), StackedPlanes.last(mean.paddingEnd()));
        MemorySegment rest = scratch.asSlice(StackedPlanes.bytes(window));
        int[] counted = new int[window.output()[0]];
        Arrays.setAll(counted, plane -> count(window, 0, plane, mean.countsPadding(), mean.paddingEnd()[0]));
        // Mostly all are the same, and the sums are divided once.
        boolean same = Arrays.stream(counted).allMatch(count -> count == counted[0]);
        StackedPlanes stacked = StackedPlanes.of(window);
        for (long channel = 0; channel < channels; channel++) {
            MemorySegment to = y.asSlice(4 * channel * window.outputs());
            stacked.sums(x.address() + 4 * channel * window.inputs(), scratch.address());
            means(counted.length, across, inPlane, same ? counted[0] : 1, scratch, to, rest);
            for (int plane = 0; plane < counted.length && !same; plane++) {
                StackedPlanes.divide(to.address() + 4L * plane * across.outputs(), across.outputs(), counted[plane]);
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
        int[] paddingEnd = new int[2];
        System.arraycopy(mean.paddingEnd(), 0, paddingEnd, 2 - window.rank(), window.rank());
        MemorySegment counts = scratch.asSlice(lineBytes(flat));
        for (int cell = 0; cell < flat.output()[1]; cell++) {
            counts.set(FLOAT, 4L * cell, count(flat, 1, cell, mean.countsPadding(), paddingEnd[1]));
        }
        int[] counted = new int[flat.output()[0]];
        Arrays.setAll(counted, row -> times * count(flat, 0, row, mean.countsPadding(), paddingEnd[0]));
        if (PooledLines.suits(flat)) {
            meansByLines(channels, flat, counted, counts.address(), x, y, scratch.address());
            return;
        }
        FarWindows rows = FarWindows.of(flat);
        long line = counts.address() + 4L * wholeVectors(flat.output()[1]);
        for (long channel = 0; channel < channels; channel++) {
            long from = x.address() + 4 * channel * flat.inputs();
            rows.means(counted, counts.address(), from, y.address() + 4 * channel * flat.outputs(), line);
        }
    }

    private static void meansByLines(
            int channels, Window window, int[] counted, long counts, MemorySegment x, MemorySegment y, long scratch) {
        PooledLines lines = PooledLines.of(window);
        int[] firstRows = PooledLines.firstRows(window);
        int[] rowCounts = PooledLines.counts(window);
        long line = lines.first(scratch);
        int rows = window.output()[0];
        lines.clear(scratch, 0f);
        for (int channel = 0; channel < channels; channel++) {
            long from = x.address() + 4L * channel * window.inputs();
            long to = y.address() + 4L * channel * window.outputs();
            for (int row = 0; row < rows; row += lines.rows()) {
                int end = Math.min(rows, row + lines.rows());
                PooledMeans.down(lines, from, firstRows, rowCounts, row, end, line);
                PooledMeans.across(
                        line, lines.lineBytes(), lines.taps(), counted, row, end, counts, to, window.output()[1]);
            }
        }
    }

    /** Cells along an axis that a window's mean counts. */
    private static int count(Window window, int axis, int at, boolean countsPadding, int paddingEnd) {
        int low = countsPadding ? -window.padding()[axis] : 0;
        int high = window.input()[axis] + (countsPadding ? paddingEnd : 0);
        int count = 0;
        for (int tap = 0; tap < window.kernel()[axis]; tap++) {
            int position = window.position(axis, at, tap);
            count += position >= low && position < high ? 1 : 0;
        }
        return count;
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
    public long resampleScratchBytes(ResampledPlane plane, int workers) {
        return Resampling.scratchBytes(plane, workers);
    }

    @Override
    public void resample(
            ResampledPlane plane, MemorySegment x, MemorySegment y, MemorySegment scratch, Workers workers) {
        Resampling.run(plane, x, y, scratch, workers);
    }

    @Override
    public void place(
            SampledPoints points,
            int rows,
            int columns,
            boolean goesOn,
            MemorySegment rowPositions,
            MemorySegment columnPositions,
            Optional<MemorySegment> factors) {
        new PlacedPoints(points, rows, columns, goesOn).run(rowPositions, columnPositions, factors);
    }

    @Override
    public long sampleScratchBytes(int channels, int cells, int workers) {
        return SampledCells.scratchBytes(channels, cells, workers);
    }

    @Override
    public void sample(
            SampledPoints points,
            int channels,
            int cells,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        SampledCells sampled = new SampledCells(channels, cells, points);
        sampled.check(x, y);
        Objects.checkFromIndexSize(0, sampleScratchBytes(channels, cells, workers.count()), scratch.byteSize());
        sampled.run(x.address(), y.address(), scratch.address(), workers);
    }

    @Override
    public void sumCells(WeightedCells sums, int channels, MemorySegment x, MemorySegment y) {
        CellSums.run(sums, channels, x, y);
    }

    @Override
    public long pickScratchBytes(int elementBytes, ResampledPlane plane) {
        return Picking.scratchBytes(elementBytes, plane);
    }

    @Override
    public void pick(
            int elementBytes,
            ResampledPlane plane,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        Picking.run(elementBytes, plane, x, y, scratch, workers, picking);
    }
}
