package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import java.util.List;

/** Arguments that go into a graph inside a node and come out of it: as values, of which each remembers what it was. */
final class GraphArguments {
    private GraphArguments() {}

    /** An argument as a value of the graph. */
    static Value value(AtenGraph graph, Argument argument) {
        return switch (argument) {
            case Argument.OfTensor tensor -> tensor.reference().value();
            case Argument.OfSymbolicScalar(Value value) -> value;
            case Argument.OfReal _ -> SymbolicNumbers.real(graph, argument);
            case Argument.OfBoolean _ -> SymbolicNumbers.truth(graph, argument);
            case Argument.OfInteger _, Argument.OfSymbolicInteger _ -> graph.integer(argument);
            default -> throw new ModelFormatException("expected a tensor or number, got " + argument.kind());
        };
    }

    /** Arguments as values that the graph itself makes, each of its own. */
    static List<Value> copies(AtenGraph graph, List<Argument> arguments) {
        return arguments.stream()
                .map(each -> graph.node("Identity", value(graph, each)))
                .toList();
    }

    /** A value as an argument of a kind. */
    static Argument as(AtenGraph graph, Argument kind, Value value) {
        return switch (kind) {
            case Argument.OfTensor _ -> Argument.OfTensor.of(value);
            case Argument.OfInteger _, Argument.OfSymbolicInteger _ -> graph.integerArgument(value);
            default -> new Argument.OfSymbolicScalar(value);
        };
    }
}
