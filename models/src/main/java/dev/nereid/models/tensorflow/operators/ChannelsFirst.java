package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Which values with channels last are transposes of values with channels first that the graph has. TensorFlow's layers
 * take channels last and the engine's nodes take channels first: a chain of layers goes through the latter, and where
 * nothing reads the former in between, no transpose is left.
 */
final class ChannelsFirst {
    private final Map<Value, Value> first = new HashMap<>();

    /** The value with its last axis as axis 1. */
    Value of(GraphBuilder graph, Value last) {
        Value known = first.get(last);
        if (known != null) {
            return known;
        }
        int rank = graph.rank(last);
        int[] order = new int[rank];
        Arrays.setAll(order, axis -> axis < 2 ? axis * (rank - 1) : axis - 1);
        Value made = graph.node("Transpose", OnnxAttributes.permutation(order), last);
        return made;
    }

    /** The value with channels first, where the graph has it already. */
    Optional<Value> find(Value last) {
        return Optional.ofNullable(first.get(last));
    }

    /** The value with its axis 1 as the last one. */
    Value last(GraphBuilder graph, Value channelsFirst) {
        int rank = graph.rank(channelsFirst);
        long[] order = new long[rank];
        Arrays.setAll(order, axis -> axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1);
        Value made = CommonNodes.transpose(graph, channelsFirst, order);
        first.put(made, channelsFirst);
        return made;
    }

    /** Runs something that takes channels first on a value with channels last. */
    Value around(GraphBuilder graph, Value value, UnaryOperator<Value> layer) {
        return last(graph, layer.apply(of(graph, value)));
    }

    /** Runs something that works element by element, in the layout that the value was made in. */
    Value elementwise(GraphBuilder graph, Value value, UnaryOperator<Value> layer) {
        Value known = first.get(value);
        return known == null ? layer.apply(value) : last(graph, layer.apply(known));
    }
}
