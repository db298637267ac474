package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongBinaryOperator;

/** Arithmetic of integers that may be known only to a run: known ones are folded. */
record SizeArithmetic(AtenGraph graph) {
    private static final long MOST_CONSTANTS = 4096;

    /** The number of an argument; empty where only a run knows it. */
    static Optional<Long> known(Argument argument) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> Optional.of(value);
            case Argument.OfBoolean(boolean value) -> Optional.of(value ? 1L : 0L);
            default -> Optional.empty();
        };
    }

    static boolean is(Argument argument, long value) {
        return known(argument).filter(number -> number == value).isPresent();
    }

    Argument add(Argument a, Argument b) {
        return combined("Add", Long::sum, a, b);
    }

    Argument subtract(Argument a, Argument b) {
        return combined("Sub", (x, y) -> x - y, a, b);
    }

    Argument multiply(Argument a, Argument b) {
        if (is(a, 1) || is(b, 1)) {
            return is(a, 1) ? b : a;
        }
        return combined("Mul", (x, y) -> x * y, a, b);
    }

    /** The quotient of numbers that are not negative. */
    Argument divide(Argument a, Argument b) {
        return combined("Div", (x, y) -> x / y, a, b);
    }

    /** The remainder with the divisor's sign. */
    Argument modulo(Argument a, Argument b) {
        return combined("Mod", Math::floorMod, a, b);
    }

    Argument minimum(Argument a, Argument b) {
        return combined("Min", Math::min, a, b);
    }

    Argument maximum(Argument a, Argument b) {
        return combined("Max", Math::max, a, b);
    }

    Argument product(List<Argument> factors) {
        Argument product = Argument.of(1);
        for (Argument factor : factors) {
            product = multiply(product, factor);
        }
        return product;
    }

    /** An index as a number from 0: a negative one counts from the end of an axis. */
    Argument fromStart(Argument index, Value of, int axis) {
        Optional<Long> known = known(index);
        if (known.isPresent()) {
            return known.get() < 0 ? add(index, graph.size(of, axis)) : index;
        }
        Value value = graph.integer(index);
        Value size = graph.integer(graph.size(of, axis));
        Value negative = graph.node("Less", value, graph.integers(0));
        return graph.integerArgument(graph.node("Where", negative, graph.node("Add", value, size), value));
    }

    /** The dims of a value. */
    List<Argument> sizes(Value of) {
        List<Argument> sizes = new ArrayList<>();
        for (int axis = 0; axis < graph.rank(of); axis++) {
            sizes.add(graph.size(of, axis));
        }
        return sizes;
    }

    /** The shape of a value as INT64 of shape [rank]; a constant where it is known. */
    Value shape(Value of) {
        Optional<Shape> known = graph.type(of).shape();
        return known.isPresent() ? graph.integers(known.get().dims()) : graph.node("Shape", of);
    }

    /** An integer as INT64 of shape []. */
    Value scalar(Argument argument) {
        Optional<Long> known = known(argument);
        return known.isPresent()
                ? graph.scalar(known.get(), DataType.INT64)
                : graph.node("Reshape", graph.integer(argument), graph.integers());
    }

    /** The numbers from 0 to a length: INT64 of shape [length]. */
    Value range(Argument length) {
        Optional<Long> known = known(length);
        if (known.isPresent() && known.get() <= MOST_CONSTANTS) {
            long[] numbers = new long[Math.toIntExact(Math.max(known.get(), 0))];
            java.util.Arrays.setAll(numbers, i -> i);
            return graph.integers(numbers);
        }
        return graph.node("Range", graph.scalar(0L, DataType.INT64), scalar(length), graph.scalar(1L, DataType.INT64));
    }

    private Argument combined(String operator, LongBinaryOperator folded, Argument a, Argument b) {
        Optional<Long> left = known(a);
        Optional<Long> right = known(b);
        if (left.isPresent() && right.isPresent()) {
            return Argument.of(folded.applyAsLong(left.get(), right.get()));
        }
        return graph.integerArgument(graph.node(operator, graph.integer(a), graph.integer(b)));
    }
}
