package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that give back their input as it is are read past: passes behind this one meet no Identity in their patterns. An
 * output that is a copy is made by the node that made the original.
 */
public final class DropCopies implements GraphPass {
    private static final int TRAINING_MODE = 2;

    private final OperatorSet operators;

    /** The pass. */
    public DropCopies(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> operators.has(node, Trait.COPY))) {
            return graph;
        }
        GraphTypes types = GraphTypes.infer(graph, operators);
        Set<Value> outputs = new HashSet<>(graph.outputs());
        Set<Value> made = new HashSet<>();
        Map<Value, Value> originals = new HashMap<>();
        Map<Value, Value> named = new HashMap<>();
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Node reading = renamed(node, originals);
            if (copies(node, types) && !isTraining(node, graph)) {
                Value copy = node.output(0).orElseThrow();
                Value original = reading.input(0).orElseThrow();
                originals.put(copy, original);
                if (!outputs.contains(copy)) {
                    continue;
                }
                if (made.contains(original) && !outputs.contains(original) && !named.containsKey(original)) {
                    named.put(original, copy);
                    continue;
                }
            }
            node.outputs().forEach(output -> output.ifPresent(made::add));
            nodes.add(reading);
        }
        return originals.isEmpty()
                ? graph
                : graph.withNodes(
                        nodes.stream().map(node -> renamed(node, named)).toList());
    }

    private boolean copies(Node node, GraphTypes types) {
        return operators.has(node, Trait.COPY)
                && node.input(0).isPresent()
                && node.output(0).isPresent()
                && node.output(1).isEmpty()
                && types.valueType(node.input(0).get())
                        .equals(types.valueType(node.output(0).get()));
    }

    /** Whether a Dropout may drop something. */
    private static boolean isTraining(Node node, Graph graph) {
        return GraphIndex.is(node, "Dropout")
                && node.input(TRAINING_MODE)
                        .filter(training -> !isFalse(graph.initializers().get(training)))
                        .isPresent();
    }

    private static boolean isFalse(@Nullable Tensor constant) {
        return constant != null
                && constant.dataType() == DataType.BOOL
                && constant.segment().get(ValueLayout.JAVA_BYTE, 0) == 0;
    }

    private static Node renamed(Node node, Map<Value, Value> values) {
        return node.with(renamed(node.inputs(), values), renamed(node.outputs(), values), node.attributes());
    }

    private static List<Optional<Value>> renamed(List<Optional<Value>> given, Map<Value, Value> values) {
        return given.stream()
                .map(optional -> optional.map(value -> values.getOrDefault(value, value)))
                .toList();
    }
}
