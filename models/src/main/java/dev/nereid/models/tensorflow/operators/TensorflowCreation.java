package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.tensor.DataType;
import java.util.List;

/** New tensors. */
final class TensorflowCreation {
    private TensorflowCreation() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("Fill", call -> call.node("Expand", call.input(1), call.longs(0))),
                row("Range", call -> call.node("Range", scalar(call, 0), scalar(call, 1), scalar(call, 2))),
                row("LinSpace", TensorflowCreation::evenly));
    }

    private static Value scalar(TensorflowCall call, int index) {
        return call.graph().type(call.input(index)).hasRank() && call.rank(index) == 0
                ? call.input(index)
                : call.node("Reshape", call.input(index), call.graph().integers());
    }

    private static Value evenly(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        DataType type = call.dataType(0);
        Value count = graph.cast(scalar(call, 2), DataType.INT64);
        Value one = graph.scalar(1L, DataType.INT64);
        Value places = graph.cast(graph.node("Range", graph.scalar(0L, DataType.INT64), count, one), type);
        Value steps = graph.cast(graph.node("Max", graph.node("Sub", count, one), one), type);
        Value step = graph.node("Div", graph.node("Sub", scalar(call, 1), scalar(call, 0)), steps);
        return graph.node("Add", scalar(call, 0), graph.node("Mul", places, step));
    }
}
