package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Slice that takes the first token becomes a Gather of it: a text has one, so what a Slice gives is not shorter then,
 * and the shapes behind it are numbers.
 */
final class FirstTokens {
    private static final int OPSET = 13;

    private FirstTokens() {}

    /** The graph with Gathers, or the graph as it is where there is nothing to do. */
    static Graph apply(Graph graph, GraphTypes types, Dim length, SegmentAllocator memory) {
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        Optional<Value> zero = Optional.empty();
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Optional<Integer> axis = firstOf(node, types, length);
            if (axis.isEmpty()) {
                nodes.add(node);
                continue;
            }
            if (zero.isEmpty()) {
                zero = Optional.of(new Value("first token"));
                initializers.put(
                        zero.get(),
                        Tensor.of(DataType.INT64, Shape.of(1), memory.allocateFrom(ValueLayout.JAVA_LONG, 0)));
            }
            nodes.add(Node.of(
                    node.name(),
                    "",
                    "Gather",
                    OPSET,
                    List.of(node.input(0).orElseThrow(), zero.get()),
                    List.of(node.output(0).orElseThrow()),
                    new Attributes(Map.of("axis", new Attribute.Int(axis.get())))));
        }
        return zero.isEmpty() ? graph : graph.with(nodes, initializers);
    }

    /** The axis along which the node takes the first token and nothing else. */
    private static Optional<Integer> firstOf(Node node, GraphTypes types, Dim length) {
        if (!node.domain().isEmpty() || !node.operator().equals("Slice")) {
            return Optional.empty();
        }
        TensorType data = types.type(node.input(0).orElseThrow());
        if (!data.hasRank()) {
            return Optional.empty();
        }
        try {
            List<MixingRules.Cut> cuts = MixingRules.cuts(node, data.rank(), types::content);
            boolean first = cuts.size() == 1
                    && cuts.getFirst().isFirst()
                    && data.dim(cuts.getFirst().axis()).equals(length);
            return first ? Optional.of(cuts.getFirst().axis()) : Optional.empty();
        } catch (PackingRefusal _) {
            return Optional.empty();
        }
    }
}
