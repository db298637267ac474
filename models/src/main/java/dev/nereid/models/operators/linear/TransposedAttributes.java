package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.tensor.Shape;
import java.util.Arrays;

/** The attributes of transposed convolutions, with their defaults for as many spatial axes as there are. */
final class TransposedAttributes {
    private final int group;
    private final boolean same;
    private final boolean lower;
    private final boolean valid;
    private final long[] strides;
    private final long[] dilations;
    private final long[] pads;
    private final long[] outputPadding;
    private final long[] outputShape;

    TransposedAttributes(Attributes attributes, int rank) {
        String autoPad = attributes.text("auto_pad", "NOTSET");
        group = Math.toIntExact(attributes.integer("group", 1));
        lower = autoPad.equals("SAME_LOWER");
        same = lower || autoPad.equals("SAME_UPPER");
        valid = autoPad.equals("VALID");
        strides = attributes.integers("strides").orElse(filled(rank, 1));
        dilations = attributes.integers("dilations").orElse(filled(rank, 1));
        pads = attributes.integers("pads").orElse(filled(2 * rank, 0));
        outputPadding = attributes.integers("output_padding").orElse(filled(rank, 0));
        outputShape = attributes.integers("output_shape").orElse(new long[0]);
    }

    /**
     * The attributes of a node.
     *
     * @throws ModelFormatException if one has other numbers than so many axes need
     */
    static TransposedAttributes checked(Attributes attributes, int rank) {
        DimChecks.numbers(attributes, "strides", rank, 1);
        DimChecks.numbers(attributes, "dilations", rank, 1);
        DimChecks.numbers(attributes, "pads", 2 * rank, Long.MIN_VALUE);
        DimChecks.numbers(attributes, "output_padding", rank, 0);
        long[] outputShape = attributes.integers("output_shape").orElse(new long[0]);
        if (outputShape.length != 0 && outputShape.length != rank && outputShape.length != rank + 2) {
            throw new ModelFormatException(
                    "attribute 'output_shape': expected " + rank + " numbers, got " + Arrays.toString(outputShape));
        }
        return new TransposedAttributes(attributes, rank);
    }

    private static long[] filled(int length, long number) {
        long[] numbers = new long[length];
        Arrays.fill(numbers, number);
        return numbers;
    }

    /** The extent of an axis of y without any padding taken off. */
    Dim full(int axis, Dim input, Dim kernel) {
        return input.plus(-1)
                .times(strides[axis])
                .plus(outputPadding[axis])
                .plus(kernel.plus(-1).times(dilations[axis]))
                .plus(1);
    }

    Dim output(int axis, Dim input, Dim kernel) {
        if (outputShape.length > 0) {
            return Dim.of(outputShape[outputShape.length - strides.length + axis]);
        }
        if (same) {
            return input.times(strides[axis]);
        }
        Dim full = full(axis, input, kernel);
        return valid ? full : full.plus(-pads[axis] - pads[axis + strides.length]);
    }

    int paddingBegin(int axis, long input, long kernel, long output) {
        if (!same && outputShape.length == 0) {
            return valid ? 0 : Math.toIntExact(pads[axis]);
        }
        long total = Math.max(0, full(axis, Dim.of(input), Dim.of(kernel)).value() - output);
        return Math.toIntExact(lower || !same ? Math.ceilDiv(total, 2L) : total / 2);
    }

    int group() {
        return group;
    }

    /**
     * Whether it is a transposed convolution of one group, without gaps in y, whose taps lie next to each other.
     *
     * @param w [inputs, outputs, kernel...]
     */
    boolean isPlain(Shape w) {
        int rank = strides.length;
        boolean plain = group == 1
                && Arrays.stream(pads).allMatch(pad -> pad >= 0)
                && Arrays.stream(dilations).allMatch(dilation -> dilation == 1);
        for (int axis = 0; plain && axis < rank; axis++) {
            plain = w.dim(axis + 2) >= strides[axis];
        }
        boolean tiles = plain && w.dim(rank + 1) == strides[rank - 1];
        return plain && (!tiles || isWhole(rank));
    }

    /** Whether the output has a cell for every tap along the last axis. */
    private boolean isWhole(int rank) {
        return outputShape.length == 0
                && !same
                && pads[rank - 1] == 0
                && pads[2 * rank - 1] == 0
                && outputPadding[rank - 1] == 0;
    }

    /** The window of the convolution that would make x from y, whose spatial axes have these extents. */
    Window window(int[] x, int[] kernel, int[] y) {
        int[] padding = new int[x.length];
        int[] steps = new int[x.length];
        int[] spread = new int[x.length];
        for (int axis = 0; axis < x.length; axis++) {
            padding[axis] = paddingBegin(axis, x[axis], kernel[axis], y[axis]);
            steps[axis] = Math.toIntExact(strides[axis]);
            spread[axis] = Math.toIntExact(dilations[axis]);
        }
        return new Window(y, kernel, steps, spread, padding, x);
    }
}
