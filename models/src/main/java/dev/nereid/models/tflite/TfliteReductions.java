package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;
import static dev.nereid.models.tflite.TfliteOperator.moves;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;

/** Reductions of axes, sums along one, and norms. */
final class TfliteReductions {
    private TfliteReductions() {}

    static List<TfliteOperator> all() {
        return List.of(
                integers("MEAN", TfliteMean::of),
                numbers("SUM", call -> reduced(call, "ReduceSum")),
                numbers("REDUCE_PROD", call -> reduced(call, "ReduceProd")),
                moves("REDUCE_MAX", call -> reduced(call, "ReduceMax")),
                moves("REDUCE_MIN", call -> reduced(call, "ReduceMin")),
                numbers("REDUCE_ANY", call -> reduced(call, "ReduceMax")),
                numbers("REDUCE_ALL", call -> reduced(call, "ReduceMin")),
                numbers("ARG_MAX", call -> place(call, "ArgMax")),
                numbers("ARG_MIN", call -> place(call, "ArgMin")),
                numbers("CUMSUM", TfliteReductions::cumulative),
                numbers("L2_NORMALIZATION", TfliteReductions::normalized),
                numbers("LOCAL_RESPONSE_NORMALIZATION", TfliteReductions::localResponse));
    }

    static Value reduced(TfliteCall call, String operator) {
        return call.graph()
                .node(
                        operator,
                        OnnxAttributes.integer("keepdims", call.options().flag(0) ? 1 : 0)
                                .with("noop_with_empty_axes", OnnxAttributes.integerValue(1)),
                        call.input(0),
                        axes(call));
    }

    /** Axes as a vector; a single one may be a scalar. */
    private static Value axes(TfliteCall call) {
        return call.graph().integers(call.integers(1));
    }

    private static Value place(TfliteCall call, String operator) {
        Value place = call.graph()
                .node(
                        operator,
                        OnnxAttributes.integer("axis", call.axis(1)).with("keepdims", OnnxAttributes.integerValue(0)),
                        call.input(0));
        return call.graph().cast(place, call.output(0).type());
    }

    private static Value cumulative(TfliteCall call) {
        return call.graph()
                .node(
                        "CumSum",
                        OnnxAttributes.integer("exclusive", call.options().flag(0) ? 1 : 0)
                                .with(
                                        "reverse",
                                        OnnxAttributes.integerValue(
                                                call.options().flag(1) ? 1 : 0)),
                        call.input(0),
                        call.input(1));
    }

    /** The last axis over its Euclidean length, which is at least 1e-3. */
    private static Value normalized(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value x = call.input(0);
        Value squares = graph.node(
                "ReduceSum", OnnxAttributes.integer("keepdims", 1), graph.node("Mul", x, x), graph.integers(-1));
        Value length = graph.node("Sqrt", graph.node("Max", squares, graph.scalar(1e-6, DataType.FP32)));
        return FusedActivation.of(call.options().small(0, 0)).apply(graph, graph.node("Div", x, length));
    }

    private static Value localResponse(TfliteCall call) {
        FlatbufferTable options = call.options();
        int size = Math.addExact(Math.multiplyExact(2, options.integer(0, 0)), 1);
        return call.channelsLast(call.graph()
                .node(
                        "LRN",
                        OnnxAttributes.integer("size", size)
                                .with("bias", OnnxAttributes.realValue(options.real(1, 0)))
                                .with("alpha", OnnxAttributes.realValue(options.real(2, 0) * size))
                                .with("beta", OnnxAttributes.realValue(options.real(3, 0))),
                        call.channelsFirst(call.input(0))));
    }
}
