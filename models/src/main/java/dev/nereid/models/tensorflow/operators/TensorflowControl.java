package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.proto.tensorflow.NameAttrList;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Calls of functions and choices among them. */
final class TensorflowControl {
    private static final int MAXIMUM_BRANCHES = 64;

    private TensorflowControl() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        for (String name : List.of("PartitionedCall", "StatefulPartitionedCall")) {
            rows.add(results(
                    name,
                    AttributeDefaults.NONE,
                    call -> call.scope().call(call.attributes().function("f").getName(), call.graph(), call.inputs())));
        }
        for (String name : List.of("If", "StatelessIf")) {
            rows.add(results(name, AttributeDefaults.NONE, TensorflowControl::choice));
        }
        for (String name : List.of("Case", "StatelessCase")) {
            rows.add(results(name, AttributeDefaults.NONE, TensorflowControl::cases));
        }
        for (String name : List.of("While", "StatelessWhile")) {
            rows.add(results(name, AttributeDefaults.NONE, call -> new WhileLowering(call).lower()));
        }
        return rows;
    }

    private static List<Value> choice(TensorflowCall call) {
        List<Value> arguments = call.rest(1);
        Function<String, Function<GraphBuilder, List<Value>>> branch = attribute ->
                inner -> call.scope().call(call.attributes().function(attribute).getName(), inner, arguments);
        return choice(
                call.graph(),
                truth(call.graph(), call.input(0)),
                branch.apply("then_branch"),
                branch.apply("else_branch"));
    }

    static Value truth(GraphBuilder graph, Value condition) {
        if (!graph.type(condition).hasRank()) {
            throw new ModelFormatException("the number of dims of its condition is not known");
        }
        return graph.rank(condition) == 0
                ? graph.cast(condition, DataType.BOOL)
                : graph.cast(graph.node("Size", condition), DataType.BOOL);
    }

    private static List<Value> choice(
            GraphBuilder graph,
            Value condition,
            Function<GraphBuilder, List<Value>> whenTrue,
            Function<GraphBuilder, List<Value>> whenFalse) {
        GraphBuilder then = graph.nested();
        List<Value> thenResults = whenTrue.apply(then);
        GraphBuilder otherwise = graph.nested();
        List<Value> otherResults = whenFalse.apply(otherwise);
        if (thenResults.size() != otherResults.size()) {
            throw new ModelFormatException(
                    "its branches give " + thenResults.size() + " and " + otherResults.size() + " values");
        }
        if (thenResults.isEmpty()) {
            return List.of();
        }
        return graph.nodes(
                "",
                "If",
                thenResults.size(),
                new Attributes(Map.of(
                        "then_branch", then.subgraph(thenResults), "else_branch", otherwise.subgraph(otherResults))),
                List.of(Optional.of(condition)));
    }

    /** A number that is no branch's is the last one's. */
    private static List<Value> cases(TensorflowCall call) {
        List<NameAttrList> branches = call.attributes().functions("branches");
        if (branches.isEmpty() || branches.size() > MAXIMUM_BRANCHES) {
            throw new ModelFormatException(
                    "it has " + branches.size() + " branches: expected 1 to " + MAXIMUM_BRANCHES);
        }
        return cases(call, branches, 0, call.graph());
    }

    private static List<Value> cases(TensorflowCall call, List<NameAttrList> branches, int index, GraphBuilder graph) {
        List<Value> arguments = call.rest(1);
        Function<GraphBuilder, List<Value>> branch =
                inner -> call.scope().call(branches.get(index).getName(), inner, arguments);
        if (index == branches.size() - 1) {
            return branch.apply(graph);
        }
        Value chosen = graph.node("Equal", call.input(0), graph.scalar((long) index, graph.dataType(call.input(0))));
        return choice(graph, chosen, branch, inner -> cases(call, branches, index + 1, inner));
    }
}
