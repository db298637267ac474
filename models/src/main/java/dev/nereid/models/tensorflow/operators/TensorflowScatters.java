package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;

/** Tensors with elements put, added or compared at places. */
final class TensorflowScatters {
    private TensorflowScatters() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("ScatterNd", TensorflowScatters::sum),
                row("TensorScatterUpdate", call -> scatter(call, "none", call.input(2))),
                row("TensorScatterAdd", call -> scatter(call, "add", call.input(2))),
                row("TensorScatterSub", call -> scatter(call, "add", call.node("Neg", call.input(2)))),
                row("TensorScatterMax", call -> scatter(call, "max", call.input(2))),
                row("TensorScatterMin", call -> scatter(call, "min", call.input(2))));
    }

    private static Value sum(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value zeros = graph.node("Expand", graph.scalar(0.0, call.dataType(1)), call.longs(2));
        return graph.node(
                "ScatterND",
                OnnxAttributes.text("reduction", "add"),
                zeros,
                graph.cast(call.input(0), DataType.INT64),
                call.input(1));
    }

    private static Value scatter(TensorflowCall call, String reduction, Value updates) {
        return call.graph()
                .node(
                        "ScatterND",
                        OnnxAttributes.text("reduction", reduction),
                        call.input(0),
                        call.graph().cast(call.input(1), DataType.INT64),
                        updates);
    }
}
