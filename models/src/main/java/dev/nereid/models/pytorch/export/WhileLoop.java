package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.export.ExportedArgument.Nested;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code while_loop(condition, body, carried, others)} as Loop: the condition is computed before it and at the body's end. */
final class WhileLoop {
    private WhileLoop() {}

    static List<Argument> call(ProgramScope scope, List<ExportedArgument> of) {
        HigherOrderOperators.requireSize(of, 3);
        Nested condition = HigherOrderOperators.nested(of.get(0));
        Nested body = HigherOrderOperators.nested(of.get(1));
        List<Argument> carried = HigherOrderOperators.items(scope, of.get(2));
        List<Argument> others = of.size() > 3 ? HigherOrderOperators.items(scope, of.get(3)) : List.of();
        AtenGraph graph = scope.builder();
        Value first = holds(graph, condition, carried, others);
        AtenGraph inner = graph.nested();
        inner.input("iteration", TensorType.of(DataType.INT64, List.of()));
        inner.input("condition", TensorType.of(DataType.BOOL, List.of()));
        List<Argument> states = states(inner, body, carried);
        List<Argument> next = ProgramScope.run(body, concat(states, others), inner);
        if (next.size() != carried.size()) {
            throw new ModelFormatException(
                    "its body is given " + carried.size() + " values to carry and makes " + next.size());
        }
        List<Value> outputs = new ArrayList<>();
        outputs.add(inner.node("Identity", holds(inner, condition, next, others)));
        outputs.addAll(GraphArguments.copies(inner, next));
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.empty());
        inputs.add(Optional.of(first));
        carried.forEach(each -> inputs.add(Optional.of(GraphArguments.value(graph, each))));
        List<Value> made = graph.nodes(
                "", "Loop", carried.size(), new Attributes(Map.of("body", inner.subgraph(outputs))), inputs);
        List<Argument> results = new ArrayList<>();
        for (int i = 0; i < made.size(); i++) {
            results.add(GraphArguments.as(graph, carried.get(i), made.get(i)));
        }
        return results;
    }

    /** What an iteration is given: numbers that were known before the loop are not in it. */
    private static List<Argument> states(AtenGraph inner, Nested body, List<Argument> carried) {
        List<Argument> states = new ArrayList<>();
        for (int i = 0; i < carried.size(); i++) {
            Value before = GraphArguments.value(inner, carried.get(i));
            TensorType type = inner.type(before);
            if (i < body.graph().inputs().size()
                    && body.graph().inputs().get(i) instanceof ExportedArgument.Named(String name)) {
                type = Optional.ofNullable(body.graph().tensors().get(name)).orElse(type);
            }
            Value state = inner.input("state_" + i, type);
            states.add(
                    switch (carried.get(i)) {
                        case Argument.OfTensor _ -> Argument.OfTensor.of(state);
                        case Argument.OfInteger _, Argument.OfSymbolicInteger _ ->
                            new Argument.OfSymbolicInteger(state);
                        default -> new Argument.OfSymbolicScalar(state);
                    });
        }
        return states;
    }

    private static Value holds(AtenGraph graph, Nested condition, List<Argument> carried, List<Argument> others) {
        List<Argument> results = ProgramScope.run(condition, concat(carried, others), graph);
        if (results.size() != 1) {
            throw new ModelFormatException("its condition makes " + results.size() + " values");
        }
        return SymbolicNumbers.truth(graph, results.getFirst());
    }

    private static List<Argument> concat(List<Argument> first, List<Argument> second) {
        List<Argument> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
