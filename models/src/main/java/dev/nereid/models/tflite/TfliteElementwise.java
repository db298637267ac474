package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.moves;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators of one tensor, element by element, and the choice between two. */
final class TfliteElementwise {
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("ABS", "Abs"),
            Map.entry("EXP", "Exp"),
            Map.entry("LOG", "Log"),
            Map.entry("NEG", "Neg"),
            Map.entry("SQRT", "Sqrt"),
            Map.entry("SIN", "Sin"),
            Map.entry("COS", "Cos"),
            Map.entry("FLOOR", "Floor"),
            Map.entry("CEIL", "Ceil"),
            Map.entry("ROUND", "Round"),
            Map.entry("LOGICAL_NOT", "Not"));

    private TfliteElementwise() {}

    static List<TfliteOperator> all() {
        List<TfliteOperator> rows = new ArrayList<>(List.of(
                numbers("RSQRT", call -> {
                    GraphBuilder graph = call.graph();
                    return graph.node("Reciprocal", graph.node("Sqrt", call.input(0)));
                }),
                numbers("SQUARE", call -> call.graph().node("Mul", call.input(0), call.input(0))),
                numbers("ZEROS_LIKE", call -> {
                    GraphBuilder graph = call.graph();
                    DataType type = graph.dataType(call.input(0));
                    return graph.node("Expand", graph.scalar(0L, type), graph.node("Shape", call.input(0)));
                }),
                numbers(
                        "CAST",
                        call -> call.graph().cast(call.input(0), call.output(0).type())),
                moves("SELECT", TfliteElementwise::select),
                moves("SELECT_V2", TfliteElementwise::where)));
        SAME.forEach((name, operator) ->
                rows.add(numbers(name, call -> call.graph().node(operator, call.input(0)))));
        return rows;
    }

    private static Value where(TfliteCall call) {
        return call.graph().node("Where", call.input(0), call.input(1), call.input(2));
    }

    /** A condition of rank 1 chooses whole rows. */
    private static Value select(TfliteCall call) {
        GraphBuilder graph = call.graph();
        int rank = graph.rank(call.input(1));
        if (graph.rank(call.input(0)) != 1 || rank < 2) {
            return where(call);
        }
        long[] axes = new long[rank - 1];
        for (int axis = 1; axis < rank; axis++) {
            axes[axis - 1] = axis;
        }
        Value condition = graph.node("Unsqueeze", call.input(0), graph.integers(axes));
        return graph.node("Where", condition, call.input(1), call.input(2));
    }
}
