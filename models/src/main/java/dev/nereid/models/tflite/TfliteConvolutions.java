package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.tflite.TfliteMath.FixedPoint;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** Convolutions over height and width, the transposed one, and MediaPipe's. Images are [batch, height, width, channels]. */
final class TfliteConvolutions {
    private static final int SAME = 0;
    private static final int VALID = 1;

    private TfliteConvolutions() {}

    static List<TfliteOperator> all() {
        return List.of(
                integers("CONV_2D", call -> {
                    FlatbufferTable options = call.options();
                    return convolve(
                            call,
                            weight(call, 0, 3, 1, 2),
                            moves(options, options.integer(4, 1), options.integer(5, 1)),
                            FusedActivation.of(options.small(3, 0)),
                            false);
                }),
                integers("DEPTHWISE_CONV_2D", call -> {
                    FlatbufferTable options = call.options();
                    return convolve(
                            call,
                            weight(call, 3, 0, 1, 2),
                            moves(options, options.integer(5, 1), options.integer(6, 1)),
                            FusedActivation.of(options.small(4, 0)),
                            true);
                }),
                numbers("TRANSPOSE_CONV", TfliteConvolutions::transposed),
                numbers("Convolution2DTransposeBias", TfliteConvolutions::mediaPipe));
    }

    /** The padding and steps of a window, by the slots that all options have in common. */
    static Attributes moves(FlatbufferTable options, int widthDilation, int heightDilation) {
        return OnnxAttributes.text("auto_pad", samePadding(options.small(0, 0)) ? "SAME_UPPER" : "VALID")
                .with(
                        "strides",
                        OnnxAttributes.integerValues(
                                positive("stride", options.integer(2, 0)), positive("stride", options.integer(1, 0))))
                .with(
                        "dilations",
                        OnnxAttributes.integerValues(
                                positive("dilation", heightDilation), positive("dilation", widthDilation)));
    }

    static boolean samePadding(int number) {
        if (number != SAME && number != VALID) {
            throw new ModelFormatException("expected the padding 0 (SAME) or 1 (VALID), got " + number);
        }
        return number == SAME;
    }

    static int positive(String what, int value) {
        if (value < 1) {
            throw new ModelFormatException("expected a " + what + " of 1 or more, got " + value);
        }
        return value;
    }

    private static Value weight(TfliteCall call, long... permutation) {
        if (call.graph().rank(call.input(1)) != permutation.length) {
            throw new ModelFormatException("expected a weight of rank " + permutation.length + ", got rank "
                    + call.graph().rank(call.input(1)));
        }
        return CommonNodes.transpose(call.graph(), floats(call, 1), permutation);
    }

    /** A weight; one of integers beside floats is what its integers stand for. */
    static Value floats(TfliteCall call, int input) {
        return TfliteCall.isQuantized(call.declared(input)) && !call.computesIntegers()
                ? TfliteQuantizing.dequantized(call, input)
                : call.input(input);
    }

    /** @param weight [channels out, channels in of a group, height, width] */
    private static Value convolve(
            TfliteCall call, Value weight, Attributes moves, FusedActivation activation, boolean depthwise) {
        GraphBuilder graph = call.graph();
        Value x = call.channelsFirst(call.input(0));
        Attributes attributes = moves.with("group", OnnxAttributes.integerValue(groups(graph, x, weight, depthwise)));
        if (!call.computesIntegers()) {
            Value y = CommonNodes.optional(
                    graph, "", "Conv", attributes, List.of(Optional.of(x), Optional.of(weight), call.optional(2)));
            return call.channelsLast(activation.apply(graph, y));
        }
        Value y = call.channelsLast(CommonNodes.optional(
                graph,
                "",
                "ConvInteger",
                attributes,
                List.of(Optional.of(x), Optional.of(weight), zeroPoint(call, 0), zeroPoint(call, 1))));
        Value sums = call.has(2) ? graph.node("Add", y, call.input(2)) : y;
        return depthwise
                ? TfliteIntegers.scaled(call, sums, activation, factors(call))
                : TfliteIntegers.scaledOnce(call, sums, activation, factors(call));
    }

    private static long groups(GraphBuilder graph, Value x, Value weight, boolean depthwise) {
        long channels = known(graph, x, 1);
        long inGroup = known(graph, weight, 1);
        if ((depthwise && inGroup != 1) || inGroup == 0 || channels % inGroup != 0) {
            throw new ModelFormatException("a weight for " + inGroup + " channels of an input with " + channels);
        }
        return depthwise ? channels : channels / inGroup;
    }

    private static long known(GraphBuilder graph, Value value, int axis) {
        if (!graph.dim(value, axis).isKnown()) {
            throw new ModelFormatException("the number of channels of '" + value.name() + "' is not known");
        }
        return graph.dim(value, axis).value();
    }

    /** A zero point as a constant; none where it is 0. */
    static Optional<Value> zeroPoint(TfliteCall call, int input) {
        long[] zeroPoints = call.declared(input).quantization().zeroPoints();
        for (long each : zeroPoints) {
            if (each != zeroPoints[0]) {
                throw new ModelFormatException("zero points that differ from channel to channel are not supported");
            }
        }
        DataType type = call.declared(input).type();
        return zeroPoints.length == 0 || (zeroPoints[0] == 0 && type == DataType.INT8)
                ? Optional.empty()
                : Optional.of(call.graph().scalar(zeroPoints[0], type));
    }

    /** From accumulators to the output's steps, a factor for each channel or one for all. */
    static FixedPoint[] factors(TfliteCall call) {
        float in = call.declared(0).scale();
        TfliteQuantization weight = call.declared(1).quantization();
        float out = call.output(0).scale();
        FixedPoint[] factors = new FixedPoint[weight.scales().length];
        boolean all = call.declared(1).type() == DataType.UINT8;
        for (int channel = 0; channel < factors.length; channel++) {
            float scale = weight.scale(channel);
            double product = all ? (double) (in * scale) : (double) in * scale;
            factors[channel] = FixedPoint.of(product / out);
        }
        return factors;
    }

    private static Value transposed(TfliteCall call) {
        FlatbufferTable options = call.options();
        long[] size = call.integers(0);
        if (size.length != 4) {
            throw new ModelFormatException("expected an output of rank 4, got rank " + size.length);
        }
        int[] strides = {options.integer(2, 0), options.integer(1, 0)};
        return transposed(
                call,
                call.input(2),
                size[1],
                size[2],
                strides,
                samePadding(options.small(0, 0)),
                call.optional(3),
                FusedActivation.of(options.small(3, 0)));
    }

    private static Value mediaPipe(TfliteCall call) {
        MemorySegment options = call.customOptions();
        if (options.byteSize() < 3 * Integer.BYTES) {
            throw new ModelFormatException("its options have " + options.byteSize() + " bytes, expected 12");
        }
        ValueLayout.OfInt layout = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        boolean same = samePadding(options.get(layout, 0) - 1);
        int[] strides = {options.get(layout, 8), options.get(layout, 4)};
        GraphBuilder graph = call.graph();
        long[] sizes = new long[2];
        for (int axis = 0; axis < 2; axis++) {
            long kernel = known(graph, call.input(1), axis + 1);
            long extent = known(graph, call.input(0), axis + 1) * positive("stride", strides[axis]);
            sizes[axis] = same ? extent : extent + Math.max(kernel - strides[axis], 0);
        }
        return transposed(
                call, call.input(0), sizes[0], sizes[1], strides, same, call.optional(2), FusedActivation.NONE);
    }

    /** The weight, input 1, is [channels out, height, width, channels in]. */
    private static Value transposed(
            TfliteCall call,
            Value image,
            long height,
            long width,
            int[] strides,
            boolean same,
            Optional<Value> bias,
            FusedActivation activation) {
        GraphBuilder graph = call.graph();
        long[] sizes = {height, width};
        long[] pads = new long[4];
        long[] more = new long[2];
        for (int axis = 0; axis < 2; axis++) {
            long extent = known(graph, image, axis + 1);
            long whole = Math.addExact(
                    Math.multiplyExact(extent - 1, (long) positive("stride", strides[axis])),
                    known(graph, call.input(1), axis + 1));
            long padding = same ? Math.max(whole - sizes[axis], 0) : 0;
            pads[axis] = padding / 2;
            pads[2 + axis] = padding - padding / 2;
            more[axis] = sizes[axis] - (whole - padding);
            if (more[axis] < 0 || more[axis] >= strides[axis]) {
                throw new ModelFormatException("an output of extent " + sizes[axis] + " of an input of extent " + extent
                        + " with the stride " + strides[axis]);
            }
        }
        Attributes attributes = OnnxAttributes.integers("strides", strides[0], strides[1])
                .with("pads", OnnxAttributes.integerValues(pads))
                .with("output_padding", OnnxAttributes.integerValues(more));
        Value y = CommonNodes.optional(
                graph,
                "",
                "ConvTranspose",
                attributes,
                List.of(Optional.of(call.channelsFirst(image)), Optional.of(weight(call, 3, 0, 1, 2)), bias));
        return call.channelsLast(activation.apply(graph, y));
    }
}
