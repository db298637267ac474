package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import java.util.Optional;

/** Compares numbers. Formulas of dims often tell what holds whatever a run's shapes are. */
final class Comparison {
    private final Numbers numbers;
    private final AtenGraph graph;

    Comparison(Numbers numbers, AtenGraph graph) {
        this.numbers = numbers;
        this.graph = graph;
    }

    Argument compare(String relation, Argument left, Argument right) {
        return switch (relation) {
            case "ne" -> numbers.not(compare("eq", left, right));
            case "gt" -> compare("lt", right, left);
            case "ge" -> compare("le", right, left);
            case "eq", "lt", "le" -> {
                Optional<Boolean> known = known(relation, left, right);
                yield known.map(Argument::of).orElseGet(() -> node(relation, left, right));
            }
            default -> throw new IllegalArgumentException(relation);
        };
    }

    private Optional<Boolean> known(String relation, Argument left, Argument right) {
        Optional<Dim> first = numbers.formula(left);
        Optional<Dim> second = numbers.formula(right);
        if (first.isPresent() && second.isPresent()) {
            return ofFormulas(relation, first.get(), second.get());
        }
        Optional<Double> a = real(left);
        Optional<Double> b = real(right);
        if (a.isEmpty() || b.isEmpty()) {
            return Optional.empty();
        }
        double x = a.get();
        double y = b.get();
        return Optional.of(
                switch (relation) {
                    case "eq" -> x == y;
                    case "lt" -> x < y;
                    default -> x <= y;
                });
    }

    private static Optional<Boolean> ofFormulas(String relation, Dim left, Dim right) {
        if (relation.equals("eq")) {
            return left.equals(right)
                    ? Optional.of(true)
                    : left.differsFrom(right) ? Optional.of(false) : Optional.empty();
        }
        Dim difference = right.minus(left);
        long least = relation.equals("lt") ? 1 : 0;
        if (Numbers.isNeverNegative(difference.plus(-least))) {
            return Optional.of(true);
        }
        return Numbers.isNeverNegative(difference.times(-1).plus(least - 1)) ? Optional.of(false) : Optional.empty();
    }

    private static Optional<Double> real(Argument argument) {
        return switch (argument) {
            case Argument.OfReal(double value) -> Optional.of(value);
            case Argument.OfInteger(long value) -> Optional.of((double) value);
            case Argument.OfBoolean(boolean value) -> Optional.of(value ? 1.0 : 0.0);
            default -> Optional.empty();
        };
    }

    private Argument node(String relation, Argument left, Argument right) {
        if (numbers.isSymbolicTruth(left) || numbers.isSymbolicTruth(right)) {
            if (!relation.equals("eq")) {
                throw new ModelFormatException("truth values that only a run knows are ordered");
            }
            return numbers.not(numbers.logical("Xor", left, right));
        }
        String operator = switch (relation) {
            case "eq" -> "Equal";
            case "lt" -> "Less";
            default -> "LessOrEqual";
        };
        boolean integers = Numbers.isInteger(left) && Numbers.isInteger(right);
        Value first = integers ? graph.integer(left) : numbers.realValue(left);
        Value second = integers ? graph.integer(right) : numbers.realValue(right);
        Value result = graph.node(operator, first, second);
        return new Argument.OfSymbolicScalar(numbers.scalar(result, dev.nereid.tensor.DataType.BOOL));
    }
}
