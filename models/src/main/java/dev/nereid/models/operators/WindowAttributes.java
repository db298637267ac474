package dev.nereid.models.operators;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import java.util.Arrays;

/**
 * The attributes auto_pad, dilations, pads, strides and ceil_mode of the operators that move a window over the spatial
 * axes of a tensor, for a kernel of known size.
 */
public final class WindowAttributes {
    private enum AutoPad {
        NOTSET,
        VALID,
        SAME_UPPER,
        SAME_LOWER
    }

    private final AutoPad autoPad;
    private final boolean ceil;
    private final int[] kernel;
    private final int[] strides;
    private final int[] dilations;
    private final int[] pads;

    private WindowAttributes(Attributes attributes, int[] kernel) {
        this.kernel = kernel;
        this.autoPad = autoPad(attributes.text("auto_pad", "NOTSET"));
        this.ceil = attributes.integer("ceil_mode", 0) != 0;
        this.strides = numbers(attributes, "strides", kernel.length, 1, 1);
        this.dilations = numbers(attributes, "dilations", kernel.length, 1, 1);
        this.pads = numbers(attributes, "pads", 2 * kernel.length, 0, Integer.MIN_VALUE);
    }

    /** The attributes of an operator whose kernel has this size. */
    public static WindowAttributes of(Attributes attributes, int... kernel) {
        return new WindowAttributes(attributes, kernel.clone());
    }

    /** The attributes of an operator whose attribute kernel_shape must be there. */
    public static WindowAttributes of(Attributes attributes) {
        long[] shape = attributes
                .integers("kernel_shape")
                .orElseThrow(() -> new ModelFormatException("attribute 'kernel_shape' is missing"));
        if (Arrays.stream(shape).anyMatch(extent -> extent < 1)) {
            throw new ModelFormatException(
                    "attribute 'kernel_shape': expected numbers of at least 1, got " + Arrays.toString(shape));
        }
        return of(attributes, Arrays.stream(shape).mapToInt(Math::toIntExact).toArray());
    }

    /** The attributes of pooling: without kernel_shape the window spans the whole input. */
    public static WindowAttributes ofPool(Attributes attributes, int... input) {
        return attributes.has("kernel_shape") ? of(attributes) : of(Attributes.NONE, input);
    }

    public int rank() {
        return kernel.length;
    }

    /** The extent of the output along spatial axis {@code axis} of an input of this extent. */
    public Dim output(int axis, Dim input) {
        Dim stride = Dim.of(strides[axis]);
        if (autoPad == AutoPad.SAME_UPPER || autoPad == AutoPad.SAME_LOWER) {
            return input.ceilDivide(stride);
        }
        int before = autoPad == AutoPad.VALID ? 0 : pads[axis];
        int after = autoPad == AutoPad.VALID ? 0 : pads[axis + rank()];
        Dim room = input.plus(before + after - extent(axis));
        if (!ceil) {
            return room.floorDivide(stride).plus(1);
        }
        Dim startingInside = input.plus(before).ceilDivide(stride);
        return Dim.min(room.ceilDivide(stride).plus(1), startingInside);
    }

    /** The window over an input whose spatial axes have these extents. */
    public Window window(int... input) {
        int[] output = new int[rank()];
        int[] padding = new int[rank()];
        for (int axis = 0; axis < rank(); axis++) {
            output[axis] = Math.toIntExact(output(axis, Dim.of(input[axis])).value());
            padding[axis] = paddingBegin(axis, input[axis], output[axis]);
        }
        return new Window(input, kernel, strides, dilations, padding, output);
    }

    /** Cells of padding after the last cell of each axis, for the window over {@code input}. */
    public int[] paddingEnd(Window window) {
        int[] end = new int[rank()];
        for (int axis = 0; axis < rank(); axis++) {
            int total = totalPadding(axis, window.input()[axis], window.output()[axis]);
            end[axis] = total - window.padding()[axis];
        }
        return end;
    }

    /**
     * The mean of the cells under a window.
     *
     * @param window one of these attributes
     * @param countsPadding whether cells of padding count too
     */
    public PoolingKernels.Reduction.Mean mean(Window window, boolean countsPadding) {
        return new PoolingKernels.Reduction.Mean(countsPadding, paddingEnd(window));
    }

    private int paddingBegin(int axis, int input, int output) {
        return switch (autoPad) {
            case NOTSET -> pads[axis];
            case VALID -> 0;
            case SAME_UPPER -> totalPadding(axis, input, output) / 2;
            case SAME_LOWER -> Math.ceilDiv(totalPadding(axis, input, output), 2);
        };
    }

    private int totalPadding(int axis, int input, int output) {
        return switch (autoPad) {
            case NOTSET -> exact((long) pads[axis] + pads[axis + rank()]);
            case VALID -> 0;
            case SAME_UPPER, SAME_LOWER -> exact(Math.max(0, (output - 1L) * strides[axis] + extent(axis) - input));
        };
    }

    /** Cells, which kernels count in 32 bits. */
    private static int exact(long cells) {
        if (cells != (int) cells) {
            throw new ModelFormatException("a window extends over " + cells + " cells");
        }
        return (int) cells;
    }

    /** Cells from the first to the last tap. */
    private int extent(int axis) {
        return exact((kernel[axis] - 1L) * dilations[axis] + 1);
    }

    private static AutoPad autoPad(String name) {
        for (AutoPad autoPad : AutoPad.values()) {
            if (autoPad.name().equals(name)) {
                return autoPad;
            }
        }
        throw new ModelFormatException(
                "attribute 'auto_pad': expected one of " + Arrays.toString(AutoPad.values()) + ", got '" + name + "'");
    }

    private static int[] numbers(Attributes attributes, String name, int count, int whenAbsent, int lowest) {
        long[] given = attributes.integers(name).orElse(new long[0]);
        if (given.length != 0 && given.length != count) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected " + count + " numbers, got " + Arrays.toString(given));
        }
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = given.length == 0 ? whenAbsent : Math.toIntExact(given[i]);
            if (numbers[i] < lowest) {
                throw new ModelFormatException("attribute '" + name + "': expected numbers of at least " + lowest
                        + ", got " + Arrays.toString(given));
            }
        }
        return numbers;
    }
}
