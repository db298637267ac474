package dev.nereid.models.imported;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Nodes that lowerings of many families write. */
public final class CommonNodes {
    public static final String MICROSOFT = "com.microsoft";

    private CommonNodes() {}

    public static Value transpose(GraphBuilder graph, Value value, long... permutation) {
        return graph.node("Transpose", OnnxAttributes.integers("perm", permutation), value);
    }

    /** The value with two axes changed places; negative ones count from the end. */
    public static Value swapAxes(GraphBuilder graph, Value value, int first, int second) {
        int rank = graph.rank(value);
        long[] permutation = new long[rank];
        Arrays.setAll(permutation, axis -> axis);
        int a = first < 0 ? first + rank : first;
        int b = second < 0 ? second + rank : second;
        permutation[a] = b;
        permutation[b] = a;
        return transpose(graph, value, permutation);
    }

    public static Value unsqueeze(GraphBuilder graph, Value value, long... axes) {
        return graph.node("Unsqueeze", value, graph.integers(axes));
    }

    public static Value squeeze(GraphBuilder graph, Value value, long... axes) {
        return graph.node("Squeeze", value, graph.integers(axes));
    }

    /** Reshapes; 0 keeps an axis, -1 is what is left. */
    public static Value reshape(GraphBuilder graph, Value value, long... dims) {
        return graph.node("Reshape", value, graph.integers(dims));
    }

    public static Value reduce(GraphBuilder graph, String operator, Value value, boolean keep, long... axes) {
        return graph.node(operator, OnnxAttributes.integer("keepdims", keep ? 1 : 0), value, graph.integers(axes));
    }

    /** Elements {@code from} to before {@code to} of one axis. */
    public static Value slice(GraphBuilder graph, Value value, int axis, long from, long to) {
        return graph.node("Slice", value, graph.integers(from), graph.integers(to), graph.integers(axis));
    }

    public static Value concat(GraphBuilder graph, int axis, List<Value> values) {
        return values.size() == 1
                ? values.getFirst()
                : graph.node("Concat", OnnxAttributes.integer("axis", axis), values.toArray(Value[]::new));
    }

    /** A node with inputs that may be left out and one output. */
    public static Value optional(
            GraphBuilder graph, String domain, String operator, Attributes attributes, List<Optional<Value>> inputs) {
        return graph.nodes(domain, operator, 1, attributes, inputs).getFirst();
    }

    /**
     * Runs a lowering on a tensor with a batch axis in front of it, of 1 where the tensor has none.
     *
     * @param rank of the tensor with its batch
     */
    public static Value batched(GraphBuilder graph, Value value, int rank, UnaryOperator<Value> lowering) {
        return graph.rank(value) == rank - 1
                ? squeeze(graph, lowering.apply(unsqueeze(graph, value, 0)), 0)
                : lowering.apply(value);
    }
}
