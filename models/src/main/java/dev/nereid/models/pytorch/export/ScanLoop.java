package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.export.ExportedArgument.Nested;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loops over the first axis of tensors as Scan: each iteration reads one place of them, and may carry states. */
final class ScanLoop {
    private ScanLoop() {}

    /** map_impl(body, scanned, others). */
    static List<Argument> map(ProgramScope scope, List<ExportedArgument> of) {
        HigherOrderOperators.requireSize(of, 2);
        List<Argument> others = of.size() > 2 ? HigherOrderOperators.items(scope, of.get(2)) : List.of();
        return loop(
                scope.builder(),
                HigherOrderOperators.nested(of.get(0)),
                List.of(),
                HigherOrderOperators.items(scope, of.get(1)),
                others);
    }

    /** scan(body, states, scanned, others); torch 2.6 has the axis and the direction before the others. */
    static List<Argument> scan(ProgramScope scope, List<ExportedArgument> of) {
        HigherOrderOperators.requireSize(of, 3);
        List<Argument> rest = scope.arguments(of.subList(3, of.size()));
        boolean forward = rest.size() < 3
                || (rest.get(0) instanceof Argument.OfInteger(long axis)
                        && axis == 0
                        && rest.get(1) instanceof Argument.OfBoolean(boolean reverse)
                        && !reverse);
        if (!forward) {
            throw new ModelFormatException("it scans backwards or another axis than the first");
        }
        List<Argument> others =
                !rest.isEmpty() && rest.getLast() instanceof Argument.OfList(List<Argument> items) ? items : List.of();
        return loop(
                scope.builder(),
                HigherOrderOperators.nested(of.get(0)),
                HigherOrderOperators.items(scope, of.get(1)),
                HigherOrderOperators.items(scope, of.get(2)),
                others);
    }

    private static List<Argument> loop(
            AtenGraph graph, Nested body, List<Argument> states, List<Argument> scanned, List<Argument> others) {
        if (scanned.isEmpty()) {
            throw new ModelFormatException("it is given no tensor to go over");
        }
        AtenGraph inner = graph.nested();
        List<Argument> arguments = new ArrayList<>();
        List<Optional<Value>> inputs = new ArrayList<>();
        for (Argument each : states) {
            Value value = GraphArguments.value(graph, each);
            inputs.add(Optional.of(value));
            arguments.add(Argument.OfTensor.of(inner.input("state_" + inputs.size(), graph.type(value))));
        }
        for (Argument each : scanned) {
            Value value = GraphArguments.value(graph, each);
            inputs.add(Optional.of(value));
            arguments.add(Argument.OfTensor.of(inner.input("place_" + inputs.size(), place(graph, value))));
        }
        arguments.addAll(others);
        List<Argument> results = ProgramScope.run(body, arguments, inner);
        Attribute inside = inner.subgraph(GraphArguments.copies(inner, results));
        return graph
                .nodes(
                        "",
                        "Scan",
                        results.size(),
                        new Attributes(Map.of("body", inside, "num_scan_inputs", new Attribute.Int(scanned.size()))),
                        inputs)
                .stream()
                .<Argument>map(Argument.OfTensor::of)
                .toList();
    }

    private static TensorType place(AtenGraph graph, Value whole) {
        if (graph.rank(whole) == 0) {
            throw new ModelFormatException("it goes over a tensor without dims");
        }
        TensorType type = graph.type(whole);
        List<Dim> dims = type.dims().orElseThrow();
        return TensorType.of(type.dataType(), dims.subList(1, dims.size()));
    }
}
