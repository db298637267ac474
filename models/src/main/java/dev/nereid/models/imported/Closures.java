package dev.nereid.models.imported;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes explicit what subgraphs of a node read of the graphs around it: such values become further inputs of the node
 * and of each of its graphs, in one order for all.
 */
public final class Closures {
    private Closures() {}

    /** The node with what its graphs read as inputs; the node itself where it has no graphs. */
    public static Node close(Node node) {
        Set<Value> free = new LinkedHashSet<>();
        boolean hasGraphs = false;
        for (Attribute attribute : node.attributes().map().values()) {
            if (attribute instanceof Attribute.Subgraph(Graph graph, int _)) {
                hasGraphs = true;
                collectFree(graph, free);
            }
        }
        if (!hasGraphs) {
            return node;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.replaceAll((_, attribute) ->
                attribute instanceof Attribute.Subgraph(Graph graph, int _) ? close(graph, free) : attribute);
        List<Optional<Value>> inputs = new ArrayList<>(node.inputs());
        free.forEach(value -> inputs.add(Optional.of(value)));
        return node.with(inputs, node.outputs(), new Attributes(attributes));
    }

    private static Attribute close(Graph graph, Set<Value> free) {
        List<Value> inputs = new ArrayList<>(graph.inputs());
        inputs.addAll(free);
        Graph closed =
                new Graph(graph.name(), inputs, graph.outputs(), graph.nodes(), graph.initializers(), graph.types());
        return new Attribute.Subgraph(closed, free.size());
    }

    /** Adds what a graph reads and does not make. Graphs deeper inside are closed already. */
    private static void collectFree(Graph graph, Set<Value> free) {
        Set<Value> own = new HashSet<>(graph.inputs());
        own.addAll(graph.initializers().keySet());
        graph.nodes().forEach(node -> node.outputs().forEach(output -> output.ifPresent(own::add)));
        List<Value> reads = new ArrayList<>();
        graph.nodes().forEach(node -> node.inputs().forEach(input -> input.ifPresent(reads::add)));
        reads.addAll(graph.outputs());
        reads.removeIf(own::contains);
        free.addAll(reads);
    }
}
