package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Nodes that lowerings of many families write. */
final class CommonNodes {
    static final String MICROSOFT = "com.microsoft";

    private CommonNodes() {}

    static Value transpose(GraphBuilder graph, Value value, long... permutation) {
        return graph.node("Transpose", OnnxAttributes.integers("perm", permutation), value);
    }

    /** The value with two axes changed places; negative ones count from the end. */
    static Value swapAxes(GraphBuilder graph, Value value, int first, int second) {
        int rank = graph.rank(value);
        long[] permutation = new long[rank];
        Arrays.setAll(permutation, axis -> axis);
        int a = first < 0 ? first + rank : first;
        int b = second < 0 ? second + rank : second;
        permutation[a] = b;
        permutation[b] = a;
        return transpose(graph, value, permutation);
    }

    static Value unsqueeze(GraphBuilder graph, Value value, long... axes) {
        return graph.node("Unsqueeze", value, graph.integers(axes));
    }

    static Value squeeze(GraphBuilder graph, Value value, long... axes) {
        return graph.node("Squeeze", value, graph.integers(axes));
    }

    /** Reshapes; 0 keeps an axis, -1 is what is left. */
    static Value reshape(GraphBuilder graph, Value value, long... dims) {
        return graph.node("Reshape", value, graph.integers(dims));
    }

    /** Reshapes to sizes that need not be known. */
    static Value reshape(GraphBuilder graph, Value value, List<Argument> sizes) {
        return graph.node("Reshape", value, graph.integers(sizes));
    }

    static Value reduce(GraphBuilder graph, String operator, Value value, boolean keep, long... axes) {
        return graph.node(operator, OnnxAttributes.integer("keepdims", keep ? 1 : 0), value, graph.integers(axes));
    }

    /** Elements {@code from} to before {@code to} of one axis. */
    static Value slice(GraphBuilder graph, Value value, int axis, long from, long to) {
        return graph.node("Slice", value, graph.integers(from), graph.integers(to), graph.integers(axis));
    }

    static Value concat(GraphBuilder graph, int axis, List<Value> values) {
        return values.size() == 1
                ? values.getFirst()
                : graph.node("Concat", OnnxAttributes.integer("axis", axis), values.toArray(Value[]::new));
    }

    /** A vector of one number, of the length of another vector. */
    static Value filledLike(GraphBuilder graph, double number, Value vector) {
        return filled(graph, number, graph.dataType(vector), List.of(graph.size(vector, 0)));
    }

    /** A tensor of one number. */
    static Value filled(GraphBuilder graph, double number, DataType type, List<Argument> sizes) {
        return graph.node("Expand", graph.scalar(number, type), graph.integers(sizes));
    }

    /** The sizes of all axes. */
    static List<Argument> sizes(GraphBuilder graph, Value value) {
        List<Argument> sizes = new ArrayList<>();
        for (int axis = 0; axis < graph.rank(value); axis++) {
            sizes.add(graph.size(value, axis));
        }
        return sizes;
    }

    /** Two integers combined by an operator of ONNX: a number where both are known. */
    static Argument combine(GraphBuilder graph, String operator, Argument left, Argument right) {
        return graph.integerArgument(graph.node(operator, graph.integer(left), graph.integer(right)));
    }

    static Argument times(GraphBuilder graph, Argument left, Argument right) {
        return left instanceof Argument.OfInteger(long a) && right instanceof Argument.OfInteger(long b)
                ? Argument.of(Math.multiplyExact(a, b))
                : combine(graph, "Mul", left, right);
    }

    static Argument plus(GraphBuilder graph, Argument left, long right) {
        return left instanceof Argument.OfInteger(long a)
                ? Argument.of(Math.addExact(a, right))
                : combine(graph, "Add", left, Argument.of(right));
    }

    /** The quotient of integers that are not negative, rounded down. */
    static Argument dividedBy(GraphBuilder graph, Argument left, long right) {
        return left instanceof Argument.OfInteger(long a)
                ? Argument.of(Math.floorDiv(a, right))
                : combine(graph, "Div", left, Argument.of(right));
    }

    /** An integer as INT64 of shape []. */
    static Value scalarOf(GraphBuilder graph, Argument integer) {
        return integer instanceof Argument.OfInteger(long value)
                ? graph.scalar(value, DataType.INT64)
                : squeeze(graph, graph.integer(integer), 0);
    }

    /** The integers from 0 to before {@code limit}: INT64 [limit]. */
    static Value range(GraphBuilder graph, Argument limit) {
        return graph.node(
                "Range", graph.scalar(0L, DataType.INT64), scalarOf(graph, limit), graph.scalar(1L, DataType.INT64));
    }

    /** A node with inputs that may be left out and one output. */
    static Value optional(
            GraphBuilder graph, String domain, String operator, Attributes attributes, List<Optional<Value>> inputs) {
        return graph.nodes(domain, operator, 1, attributes, inputs).getFirst();
    }

    /**
     * Runs a lowering on a tensor with a batch axis in front of it, of 1 where the tensor has none.
     *
     * @param rank of the tensor with its batch
     */
    static Value batched(GraphBuilder graph, Value value, int rank, UnaryOperator<Value> lowering) {
        return graph.rank(value) == rank - 1
                ? squeeze(graph, lowering.apply(unsqueeze(graph, value, 0)), 0)
                : lowering.apply(value);
    }
}
