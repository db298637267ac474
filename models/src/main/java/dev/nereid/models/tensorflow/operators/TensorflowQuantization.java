package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.tensor.DataType;
import java.util.List;

/** Numbers rounded to the steps of a quantisation that networks were trained for. */
final class TensorflowQuantization {
    private static final AttributeDefaults DEFAULTS =
            AttributeDefaults.NONE.integer("num_bits", 8).flag("narrow_range", false);

    private TensorflowQuantization() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row(
                        "FakeQuantWithMinMaxArgs",
                        DEFAULTS.real("min", -6).real("max", 6),
                        call -> rounded(call, number(call, "min"), number(call, "max"))),
                row("FakeQuantWithMinMaxVars", DEFAULTS, call -> rounded(call, call.input(1), call.input(2))),
                row(
                        "FakeQuantWithMinMaxVarsPerChannel",
                        DEFAULTS,
                        call -> rounded(call, call.input(1), call.input(2))));
    }

    private static Value number(TensorflowCall call, String attribute) {
        return call.graph().scalar(call.attributes().real(attribute), DataType.FP32);
    }

    /** The limits are moved so that 0 is a step. */
    private static Value rounded(TensorflowCall call, Value least, Value most) {
        GraphBuilder graph = call.graph();
        double lowest = call.attributes().flag("narrow_range") ? 1 : 0;
        double highest = Math.pow(2, (double) call.attributes().integer("num_bits")) - 1;
        Value low = graph.scalar(lowest, DataType.FP32);
        Value high = graph.scalar(highest, DataType.FP32);
        Value scale = graph.node("Div", graph.node("Sub", most, least), graph.scalar(highest - lowest, DataType.FP32));
        Value zeroFromLeast = graph.node("Sub", low, graph.node("Div", least, scale));
        // Halves are rounded up here and below.
        Value zero = graph.node("Min", graph.node("Max", up(graph, zeroFromLeast), low), high);
        Value movedLeast = graph.node("Mul", graph.node("Sub", low, zero), scale);
        Value movedMost = graph.node("Mul", graph.node("Sub", high, zero), scale);
        Value clipped = graph.node("Min", graph.node("Max", call.input(0), movedLeast), movedMost);
        Value steps = up(graph, graph.node("Div", graph.node("Sub", clipped, movedLeast), scale));
        return graph.node("Add", graph.node("Mul", steps, scale), movedLeast);
    }

    private static Value up(GraphBuilder graph, Value value) {
        return graph.node("Floor", graph.node("Add", value, graph.scalar(0.5, DataType.FP32)));
    }
}
