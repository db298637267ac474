package dev.nereid.models.operators.vision;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The window of a convolution whose taps are moved by offsets.
 *
 * @param channels of the image
 * @param groups of channels that have filters of their own
 * @param offsetGroups groups of channels that have offsets of their own
 */
record DeformedWindow(Window window, int channels, int groups, int offsetGroups) {
    /**
     * The window of a node.
     *
     * @throws IllegalArgumentException if the shapes do not fit together
     */
    static DeformedWindow of(Attributes attributes, Shape x, Shape w, Shape offset, Optional<Shape> mask) {
        Window window = WindowAttributes.of(attributes, spatial(w)).window(spatial(x));
        int groups = positive(attributes, "group");
        int offsetGroups = positive(attributes, "offset_group");
        int channels = Math.toIntExact(x.dim(1));
        if (w.dim(1) * groups != channels || channels % offsetGroups != 0 || w.dim(0) % groups != 0) {
            throw new IllegalArgumentException("x " + x + " and w " + w + " do not fit " + groups + " groups and "
                    + offsetGroups + " groups of offsets");
        }
        long[] dims = new long[x.rank()];
        dims[0] = x.dim(0);
        for (int axis = 0; axis < window.rank(); axis++) {
            dims[axis + 2] = window.output()[axis];
        }
        dims[1] = (long) offsetGroups * window.taps();
        require("a mask", Shape.of(dims), mask.orElse(Shape.of(dims)));
        dims[1] *= window.rank();
        require("an offset", Shape.of(dims), offset);
        return new DeformedWindow(window, channels, groups, offsetGroups);
    }

    private static void require(String what, Shape expected, Shape got) {
        if (!expected.equals(got)) {
            throw new IllegalArgumentException("expected " + what + ": " + expected + ", got " + got);
        }
    }

    private static int positive(Attributes attributes, String name) {
        int number = Math.toIntExact(attributes.integer(name, 1));
        if (number < 1) {
            throw new ModelFormatException("attribute '" + name + "': expected at least 1, got " + number);
        }
        return number;
    }

    private static int[] spatial(Shape shape) {
        int[] spatial = new int[shape.rank() - 2];
        for (int axis = 0; axis < spatial.length; axis++) {
            spatial[axis] = Math.toIntExact(shape.dim(axis + 2));
        }
        return spatial;
    }

    /** Cells of the output. */
    int positions() {
        return window.outputs();
    }

    /** Rows of the matrix of columns: one a channel and tap. */
    int columnRows() {
        return Math.multiplyExact(channels, window.taps());
    }

    /** As {@link #columns}, for an image of two axes and of floats, the node's input 0. */
    void planeColumns(
            long item,
            StepRun run,
            ResizeKernels kernels,
            RealElements offset,
            RealElements mask,
            boolean hasMask,
            MemorySegment columns) {
        int perGroup = channels / offsetGroups;
        int count = Math.multiplyExact(window.taps(), positions());
        SamplePointBuffer points =
                new SamplePointBuffer(run, count, SamplePadding.ZEROS, true, window.input()[0], window.input()[1]);
        Workers workers = run.workers();
        MemorySegment scratch = run.scratch(kernels.sampleScratchBytes(perGroup, window.inputs(), workers.count()));
        long cells = (long) Float.BYTES * perGroup * window.inputs();
        long results = (long) Float.BYTES * perGroup * count;
        for (int group = 0; group < offsetGroups; group++) {
            long row = (item * offsetGroups + group) * window.taps();
            workers.run(window.taps(), tap -> place(points, tap, row + tap, offset, mask, hasMask));
            kernels.sample(
                    points.placed(kernels, hasMask),
                    perGroup,
                    window.inputs(),
                    run.input(0).segment().asSlice((item * offsetGroups + group) * cells, cells),
                    columns.asSlice(group * results, results),
                    scratch,
                    workers);
        }
    }

    /** Puts the points of a tap where the offsets move them. */
    private void place(
            SamplePointBuffer points, int tap, long row, RealElements offset, RealElements mask, boolean hasMask) {
        int down = tap / window.kernel()[1];
        int across = tap % window.kernel()[1];
        int width = window.output()[1];
        for (int position = 0; position < positions(); position++) {
            double y = window.position(0, position / width, down) + offset.at(2 * row * positions() + position);
            double x = window.position(1, position % width, across) + offset.at((2 * row + 1) * positions() + position);
            points.set(tap * positions() + position, (float) y, (float) x);
            if (hasMask) {
                points.setFactor(tap * positions() + position, (float) mask.at(row * positions() + position));
            }
        }
    }

    /**
     * Samples what every tap reads at every position: [channels, taps, positions].
     *
     * @param hasMask whether {@code mask} holds anything
     * @param wide whether {@code columns} gets FP64, not FP32
     */
    void columns(
            long item,
            RealElements image,
            RealElements offset,
            RealElements mask,
            boolean hasMask,
            boolean wide,
            MemorySegment columns,
            Workers workers) {
        workers.run(offsetGroups * window.taps(), task -> {
            SampleTaps taps = new SampleTaps(SamplingKernel.LINEAR, SamplePadding.ZEROS, true, window.input());
            int[] tap = Odometer.at(task % window.taps(), window.kernel());
            int[] at = new int[window.rank()];
            double[] place = new double[window.rank()];
            long row = item * offsetGroups * window.taps() + task;
            for (int position = 0; position < positions(); position++) {
                for (int axis = 0; axis < place.length; axis++) {
                    double moved = offset.at((row * place.length + axis) * positions() + position);
                    place[axis] = window.position(axis, at[axis], tap[axis]) + moved;
                }
                taps.moveTo(place);
                double factor = hasMask ? mask.at(row * positions() + position) : 1;
                int perGroup = channels / offsetGroups;
                int first = task / window.taps() * perGroup;
                for (int c = first; c < first + perGroup; c++) {
                    double value = factor * taps.sample(image, (item * channels + c) * window.inputs());
                    long to = ((long) c * window.taps() + task % window.taps()) * positions() + position;
                    if (wide) {
                        columns.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * to, value);
                    } else {
                        columns.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * to, (float) value);
                    }
                }
                Odometer.next(at, window.output());
            }
        });
    }
}
