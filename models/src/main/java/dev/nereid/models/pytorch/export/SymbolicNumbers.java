package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** Numbers and truth values as values of the graph: integers INT64 [1], floating-point numbers FP64 [], truths BOOL []. */
final class SymbolicNumbers {
    private SymbolicNumbers() {}

    /** A number that is known. */
    static Optional<Double> known(Argument argument) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> Optional.of((double) value);
            case Argument.OfReal(double value) -> Optional.of(value);
            case Argument.OfBoolean(boolean value) -> Optional.of(value ? 1.0 : 0.0);
            default -> Optional.empty();
        };
    }

    /** Whether it is a floating-point number, and not an integer. */
    static boolean isReal(Argument argument) {
        return argument instanceof Argument.OfReal || argument instanceof Argument.OfSymbolicScalar;
    }

    /** A number as FP64 []. */
    static Value real(AtenGraph graph, Argument argument) {
        return switch (argument) {
            case Argument.OfSymbolicScalar(Value value) -> graph.cast(value, DataType.FP64);
            case Argument.OfSymbolicInteger(Value value) -> graph.cast(scalar(graph, value), DataType.FP64);
            default ->
                graph.scalar(
                        known(argument)
                                .orElseThrow(
                                        () -> new ModelFormatException("expected a number, got " + argument.kind())),
                        DataType.FP64);
        };
    }

    static Argument toReal(AtenGraph graph, Argument argument) {
        Optional<Double> known = known(argument);
        return known.isPresent() ? Argument.of(known.get()) : real(real(graph, argument));
    }

    /** A FP64 value as an argument. */
    static Argument real(Value value) {
        return new Argument.OfSymbolicScalar(value);
    }

    /** A truth value as BOOL []. */
    static Value truth(AtenGraph graph, Argument argument) {
        return switch (argument) {
            case Argument.OfBoolean(boolean value) -> graph.scalar(value ? 1 : 0, DataType.BOOL);
            case Argument.OfSymbolicScalar(Value value) -> graph.cast(value, DataType.BOOL);
            case Argument.OfTensor tensor ->
                scalar(graph, graph.cast(tensor.reference().value(), DataType.BOOL));
            default -> throw new ModelFormatException("expected True or False, got " + argument.kind());
        };
    }

    /** A BOOL value as an argument. */
    static Argument truth(Value value) {
        return new Argument.OfSymbolicScalar(value);
    }

    /** Compares two numbers, exactly where both are integers. */
    static Value compare(AtenGraph graph, String operator, Argument left, Argument right) {
        return isReal(left) || isReal(right)
                ? graph.node(operator, real(graph, left), real(graph, right))
                : scalar(graph, graph.node(operator, graph.integer(left), graph.integer(right)));
    }

    /** A value of one element as one of no dims. */
    static Value scalar(AtenGraph graph, Value value) {
        return graph.type(value).hasRank() && graph.rank(value) == 0
                ? value
                : graph.node("Reshape", value, graph.integers());
    }
}
