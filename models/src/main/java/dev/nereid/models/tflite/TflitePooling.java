package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Pooling over height and width. */
final class TflitePooling {
    private TflitePooling() {}

    static List<TfliteOperator> all() {
        return List.of(
                integers("AVERAGE_POOL_2D", TflitePooling::average),
                integers("MAX_POOL_2D", TflitePooling::max),
                numbers("L2_POOL_2D", TflitePooling::rootMeanSquare));
    }

    private static Attributes window(TfliteCall call) {
        FlatbufferTable options = call.options();
        return TfliteConvolutions.moves(options, 1, 1)
                .with(
                        "kernel_shape",
                        OnnxAttributes.integerValues(
                                TfliteConvolutions.positive("filter height", options.integer(4, 0)),
                                TfliteConvolutions.positive("filter width", options.integer(3, 0))));
    }

    private static FusedActivation activation(TfliteCall call) {
        return FusedActivation.of(call.options().small(5, 0));
    }

    private static Value max(TfliteCall call) {
        Value y = call.graph().node("MaxPool", window(call), call.channelsFirst(call.input(0)));
        if (call.computesIntegers()) {
            TfliteIntegers.checkSameSteps(call, 0);
            return TfliteIntegers.limited(call, call.channelsLast(y), activation(call));
        }
        return call.channelsLast(activation(call).apply(call.graph(), y));
    }

    private static Value average(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value x = call.channelsFirst(call.input(0));
        if (!call.computesIntegers()) {
            return call.channelsLast(activation(call).apply(graph, graph.node("AveragePool", window(call), x)));
        }
        TfliteIntegers.checkSameSteps(call, 0);
        Value sums = sums(call, x, graph.dim(x, 1).isKnown() ? graph.dim(x, 1).value() : 0);
        Value counts = counts(call, x);
        Value mean = call.channelsLast(TfliteIntegers.dividedAwayFromZero(graph, sums, counts));
        FusedActivation.Range range = activation(call).range(call.output(0));
        return graph.cast(
                FusedActivation.clip(graph, mean, range.least(), range.most()),
                call.output(0).type());
    }

    /** The sum of each window in INT32: a convolution of each channel with ones. */
    private static Value sums(TfliteCall call, Value x, long channels) {
        if (channels == 0) {
            throw new ModelFormatException("the number of channels is not known");
        }
        GraphBuilder graph = call.graph();
        FlatbufferTable options = call.options();
        Value ones = ones(graph, DataType.INT8, Shape.of(channels, 1, options.integer(4, 0), options.integer(3, 0)));
        Attributes attributes = window(call).with("group", OnnxAttributes.integerValue(channels));
        return graph.node("ConvInteger", attributes, x, ones);
    }

    /** How many elements each window has: it does not count what is beyond the edges. */
    private static Value counts(TfliteCall call, Value x) {
        GraphBuilder graph = call.graph();
        FlatbufferTable options = call.options();
        Value one = graph.node(
                "Expand",
                graph.scalar(1L, DataType.UINT8),
                graph.node(
                        "Concat",
                        OnnxAttributes.integer("axis", 0),
                        graph.integers(1, 1),
                        graph.node("Shape", OnnxAttributes.integer("start", 2), x)));
        Value ones = ones(graph, DataType.INT8, Shape.of(1, 1, options.integer(4, 0), options.integer(3, 0)));
        return graph.node("ConvInteger", window(call), one, ones);
    }

    private static Value ones(GraphBuilder graph, DataType type, Shape shape) {
        if (shape.elements() > 1 << 26) {
            throw new ModelFormatException("a window of " + shape + " is too large");
        }
        Tensor tensor = graph.newTensor(type, shape);
        for (long i = 0; i < shape.elements(); i++) {
            tensor.segment().set(ValueLayout.JAVA_BYTE, i, (byte) 1);
        }
        return TfliteIntegers.named(graph, tensor);
    }

    private static Value rootMeanSquare(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value x = call.channelsFirst(call.input(0));
        Value mean = graph.node("AveragePool", window(call), graph.node("Mul", x, x));
        return call.channelsLast(activation(call).apply(graph, graph.node("Sqrt", mean)));
    }
}
