package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the window of an ONNX convolution goes, from the node's attributes.
 *
 * @param pads elements before, then after each axis; used unless {@code autoPad} says otherwise
 */
@SuppressWarnings("ArrayRecordComponent")
public record ConvGeometry(int group, long[] strides, long[] dilations, long[] pads, String autoPad) {
    /** Reads the attributes of a convolution over {@code axes} spatial axes. */
    public static ConvGeometry of(Attributes attributes, int axes) {
        return new ConvGeometry(
                Math.toIntExact(attributes.integer("group", 1)),
                steps(attributes, "strides", axes),
                steps(attributes, "dilations", axes),
                list(attributes, "pads", 2 * axes, 0),
                attributes.text("auto_pad", "NOTSET"));
    }

    /**
     * The type of the result for x: [batch, channels, ...] and w: [outputs, channels / group, ...].
     *
     * @throws ModelFormatException if the filters are not for so many channels
     */
    TensorType outputType(TensorType x, TensorType w, DataType dataType) {
        checkChannels(x, w);
        List<Dim> dims = new ArrayList<>();
        dims.add(x.dim(0));
        dims.add(w.dim(0));
        for (int axis = 0; axis < strides.length; axis++) {
            dims.add(output(axis, x.dim(axis + 2), w.dim(axis + 2)));
        }
        return TensorType.of(dataType, dims);
    }

    private void checkChannels(TensorType x, TensorType w) {
        Dim channels = w.dim(1).times(group);
        if (x.dim(1).isKnown() && channels.isKnown() && !channels.equals(x.dim(1))) {
            throw new ModelFormatException("expected filters for the " + x.dim(1) + " channels of " + x + " in " + group
                    + " groups, got " + w);
        }
        if (group < 1 || (w.dim(0).isKnown() && w.dim(0).value() % group != 0)) {
            throw new ModelFormatException("filters " + w + " do not make " + group + " groups");
        }
    }

    /** The filters of a convolution with these weights: [outputs, channels / group, ...]. */
    FilterShape filters(Shape w) {
        return new FilterShape(
                group,
                Math.toIntExact(w.dim(0)),
                Math.toIntExact(w.dim(1)),
                Arrays.copyOfRange(w.dims(), 2, w.rank()),
                strides,
                dilations);
    }

    /** The windows over one item, for known shapes. */
    ByteWindows windows(Shape x, long[] window) {
        int axes = strides.length;
        long[] input = Arrays.copyOfRange(x.dims(), 2, 2 + axes);
        long[] output = new long[axes];
        long[] before = new long[axes];
        for (int axis = 0; axis < axes; axis++) {
            output[axis] =
                    output(axis, Dim.of(input[axis]), Dim.of(window[axis])).value();
            before[axis] = before(axis, input[axis], window[axis], output[axis]);
        }
        return new ByteWindows(input, window, output, strides, dilations, before);
    }

    /**
     * The sizes of a convolution of x: [batch, channels, ...] and w: [outputs, channels / group, ...], for known shapes.
     *
     * @throws IllegalArgumentException if the filters are not for so many channels
     */
    public ConvShape shape(Shape x, Shape w) {
        if (x.rank() != w.rank() || w.dim(1) * group != x.dim(1)) {
            throw new IllegalArgumentException(
                    "filters of the shape " + w + " in " + group + " groups are not for an image of the shape " + x);
        }
        ByteWindows windows = windows(x, Arrays.copyOfRange(w.dims(), 2, w.rank()));
        return new ConvShape(
                Math.toIntExact(x.dim(0)),
                Math.toIntExact(x.dim(1)),
                Math.toIntExact(w.dim(0)),
                group,
                new Window(
                        numbers(windows.input()),
                        numbers(windows.window()),
                        numbers(windows.strides()),
                        numbers(windows.dilations()),
                        numbers(windows.padding()),
                        numbers(windows.output())));
    }

    private static int[] numbers(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    private Dim output(int axis, Dim input, Dim window) {
        Dim stride = Dim.of(strides[axis]);
        return switch (autoPad) {
            case "SAME_UPPER", "SAME_LOWER" -> input.ceilDivide(stride);
            case "VALID" -> positions(axis, input, window);
            case "NOTSET" -> positions(axis, input.plus(pads[axis] + pads[axis + strides.length]), window);
            default -> throw new ModelFormatException("attribute 'auto_pad' is '" + autoPad + "'");
        };
    }

    private Dim positions(int axis, Dim padded, Dim window) {
        Dim extent = window.plus(-1).times(dilations[axis]).plus(1);
        return padded.minus(extent).floorDivide(Dim.of(strides[axis])).plus(1);
    }

    private long before(int axis, long input, long window, long output) {
        if (autoPad.equals("NOTSET")) {
            return pads[axis];
        }
        if (autoPad.equals("VALID")) {
            return 0;
        }
        long extent = (window - 1) * dilations[axis] + 1;
        long total = Math.max((output - 1) * strides[axis] + extent - input, 0);
        return autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
    }

    private static long[] steps(Attributes attributes, String name, int axes) {
        long[] steps = list(attributes, name, axes, 1);
        if (Arrays.stream(steps).anyMatch(step -> step < 1 || step > Integer.MAX_VALUE)) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected numbers of at least 1, got " + Arrays.toString(steps));
        }
        return steps;
    }

    private static long[] list(Attributes attributes, String name, int length, long whenAbsent) {
        long[] values = attributes.integers(name).orElseGet(() -> {
            long[] same = new long[length];
            Arrays.fill(same, whenAbsent);
            return same;
        });
        if (values.length != length) {
            throw new ModelFormatException(
                    "attribute '" + name + "' is expected to have " + length + " numbers, got " + values.length);
        }
        return values;
    }
}
