package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A graph on its way to FP32: each value of 16 bits has a twin of FP32 where some node reads it as that. Used once. */
final class WideGraph {
    private static final int CAST_OPSET = 13;

    private final Graph graph;
    private final GraphTypes types;
    private final WidenHalves widening;
    private final Set<Value> outputs;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Tensor> initializers;
    private final Map<Value, Value> wide = new HashMap<>();
    private final Set<Value> narrow = new HashSet<>();

    WideGraph(Graph graph, GraphTypes types, WidenHalves widening) {
        this.graph = graph;
        this.types = types;
        this.widening = widening;
        this.outputs = new HashSet<>(graph.outputs());
        this.initializers = new HashMap<>(graph.initializers());
        narrow.addAll(graph.inputs());
        narrow.addAll(graph.initializers().keySet());
    }

    Graph graph() {
        for (Node node : graph.nodes()) {
            if (WidenHalves.widens(node, types) && !staysNarrow(node)) {
                addWide(node);
            } else {
                node.inputs().forEach(input -> input.ifPresent(this::requireNarrow));
                node.outputs().forEach(output -> output.ifPresent(narrow::add));
                nodes.add(node);
            }
        }
        graph.outputs().forEach(this::requireNarrow);
        return new RemoveDeadNodes().apply(graph.with(nodes, initializers));
    }

    private boolean staysNarrow(Node node) {
        return switch (node.operator()) {
            case "Gather" -> graph.initializers().containsKey(node.input(0).orElseThrow());
            case "Concat" ->
                outputs.contains(node.output(0).orElseThrow())
                        && node.inputs().stream().flatMap(Optional::stream).anyMatch(graph.inputs()::contains);
            case "Shape", "Size" -> narrow.contains(node.input(0).orElseThrow());
            default -> false;
        };
    }

    private void addWide(Node node) {
        List<Optional<Value>> inputs = node.inputs().stream()
                .map(input -> input.map(value -> WidenHalves.isHalf(types.valueType(value)) ? wide(value) : value))
                .toList();
        List<Optional<Value>> made = new ArrayList<>();
        for (Optional<Value> output : node.outputs()) {
            made.add(output.map(value -> WidenHalves.isHalf(types.valueType(value))
                    ? wide.computeIfAbsent(value, _ -> new Value(value.name()))
                    : value));
        }
        nodes.add(node.with(inputs, made, widening.widened(node.attributes())));
    }

    private Value wide(Value half) {
        return wide.computeIfAbsent(half, _ -> {
            Value twin = new Value(half.name());
            Tensor constant = graph.initializers().get(half);
            if (constant != null) {
                initializers.put(twin, widening.widened(constant));
            } else {
                nodes.add(cast(half, twin, DataType.FP32));
            }
            return twin;
        });
    }

    /** Rounds a value of 16 bits, if only its twin is there. */
    private void requireNarrow(Value value) {
        if (wide.containsKey(value) && narrow.add(value)) {
            nodes.add(cast(wide.get(value), value, types.type(value).dataType()));
        }
    }

    private static Node cast(Value from, Value to, DataType type) {
        Attributes attributes = new Attributes(Map.of("to", new Attribute.Int(OnnxTypes.number(type))));
        return Node.of("", "", "Cast", CAST_OPSET, List.of(from), List.of(to), attributes);
    }
}
