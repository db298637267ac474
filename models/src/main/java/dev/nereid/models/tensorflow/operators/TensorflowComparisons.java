package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Comparisons, logic and choices. */
final class TensorflowComparisons {
    private static final Map<String, String> SAME = Map.of(
            "Equal", "Equal",
            "Greater", "Greater",
            "GreaterEqual", "GreaterOrEqual",
            "Less", "Less",
            "LessEqual", "LessOrEqual",
            "LogicalAnd", "And",
            "LogicalOr", "Or",
            "LogicalXor", "Xor");

    private TensorflowComparisons() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        new TreeMap<>(SAME)
                .forEach((name, operator) ->
                        rows.add(row(name, call -> Broadcasts.apply(call, (a, b) -> call.node(operator, a, b)))));
        rows.add(row("NotEqual", call -> Broadcasts.apply(call, (a, b) -> call.node("Not", call.node("Equal", a, b)))));
        rows.add(row(
                "ApproximateEqual",
                AttributeDefaults.NONE.real("tolerance", 1e-5),
                call -> call.node(
                        "Less",
                        call.node("Abs", call.node("Sub", call.input(0), call.input(1))),
                        call.scalarLike(0, call.attributes().real("tolerance")))));
        rows.add(row("SelectV2", call -> call.node("Where", call.input(0), call.input(1), call.input(2))));
        rows.add(row("Select", TensorflowComparisons::select));
        return rows;
    }

    /** A condition of one axis chooses whole rows. */
    private static Value select(TensorflowCall call) {
        Value condition = call.input(0);
        int rank = call.rank(1);
        if (call.rank(0) == 1 && rank > 1) {
            condition = CommonNodes.unsqueeze(
                    call.graph(), condition, LongStream.range(1, rank).toArray());
        }
        return call.node("Where", condition, call.input(1), call.input(2));
    }
}
