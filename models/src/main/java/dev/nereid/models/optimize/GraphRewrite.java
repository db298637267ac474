package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects the changes of a pass: nodes replaced where they stand, and nodes dropped. */
final class GraphRewrite {
    private final Graph graph;
    private final Map<Node, List<Node>> replacements = new HashMap<>();
    private final Set<Node> dropped = new HashSet<>();

    GraphRewrite(Graph graph) {
        this.graph = graph;
    }

    /** Puts {@code with} in the place of {@code node}; its inputs must be made before that place. */
    void replace(Node node, Node... with) {
        replacements.put(node, List.of(with));
    }

    void drop(Node node) {
        dropped.add(node);
    }

    /** Whether a change already touches the node. */
    boolean touches(Node node) {
        return replacements.containsKey(node) || dropped.contains(node);
    }

    /**
     * The changed graph, without the nodes that nobody reads any more; the graph as it was where a node that stays reads
     * a value that is made no more.
     */
    Graph apply() {
        return apply(graph.initializers());
    }

    /** The changed graph with other initializers. */
    Graph apply(Map<Value, Tensor> initializers) {
        if (replacements.isEmpty() && dropped.isEmpty()) {
            return graph;
        }
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<Node> with = replacements.get(node);
            if (with != null) {
                nodes.addAll(with);
            } else if (!dropped.contains(node)) {
                nodes.add(node);
            }
        }
        Graph changed = new RemoveDeadNodes().apply(graph.with(nodes, initializers));
        return isComplete(changed) ? changed : graph;
    }

    /** Whether everything that is read in the graph is made in it. */
    private static boolean isComplete(Graph graph) {
        Set<Value> made = new HashSet<>(graph.inputs());
        made.addAll(graph.initializers().keySet());
        Set<Value> read = new HashSet<>(graph.outputs());
        for (Node node : graph.nodes()) {
            node.outputs().forEach(output -> output.ifPresent(made::add));
            node.inputs().forEach(input -> input.ifPresent(read::add));
        }
        return made.containsAll(read);
    }
}
