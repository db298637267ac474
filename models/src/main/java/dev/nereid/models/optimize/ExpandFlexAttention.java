package dev.nereid.models.optimize;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes ai.onnx.preview.FlexAttention apart where it has subgraphs: the scores, what the subgraphs make of them, the
 * softmax, what a subgraph makes of the weights, and the product with the values. Not an optimisation: the operator has
 * no other meaning.
 */
final class ExpandFlexAttention implements GraphPass {
    private static final String DOMAIN = "ai.onnx.preview";
    private static final List<String> BEFORE_SOFTMAX = List.of("score_mod", "mask_mod");
    private static final List<String> BEHIND_SOFTMAX = List.of("prob_mod");
    private static final int SOFTMAX_OPSET = 13;

    @Override
    public Graph apply(Graph graph) {
        if (!concerns(graph)) {
            return graph;
        }
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (hasSubgraphs(node)) {
                new Expansion(node, nodes, initializers).run();
            } else {
                nodes.add(insideSubgraphs(node));
            }
        }
        return graph.with(nodes, initializers);
    }

    private static boolean concerns(Graph graph) {
        return graph.nodes().stream()
                .anyMatch(node -> hasSubgraphs(node)
                        || node.attributes().map().values().stream()
                                .anyMatch(attribute -> attribute instanceof Attribute.Subgraph subgraph
                                        && concerns(subgraph.graph())));
    }

    private static boolean hasSubgraphs(Node node) {
        return node.domain().equals(DOMAIN)
                && node.operator().equals("FlexAttention")
                && node.attributes().map().values().stream().anyMatch(Attribute.Subgraph.class::isInstance);
    }

    private Node insideSubgraphs(Node node) {
        Map<String, Attribute> attributes = new HashMap<>();
        node.attributes()
                .map()
                .forEach((name, attribute) -> attributes.put(
                        name,
                        attribute instanceof Attribute.Subgraph(Graph graph, int captured)
                                ? new Attribute.Subgraph(apply(graph), captured)
                                : attribute));
        return node.with(new Attributes(attributes));
    }

    /** One node's place taken by several. A subgraph's input is made by the node before it, so no name changes. */
    private final class Expansion {
        private final Node node;
        private final List<Node> nodes;
        private final Map<Value, Tensor> initializers;

        Expansion(Node node, List<Node> nodes, Map<Value, Tensor> initializers) {
            this.node = node;
            this.nodes = nodes;
            this.initializers = initializers;
        }

        void run() {
            List<Graph> onScores = subgraphs(BEFORE_SOFTMAX);
            List<Graph> onWeights = subgraphs(BEHIND_SOFTMAX);
            Value scores = entrance(onScores, "scores");
            add("dev.nereid", "FlexAttentionScores", 1, List.of(input(0), input(1)), scores, scoreAttributes());
            scores = inline(onScores, scores);
            Value weights = entrance(onWeights, "weights");
            Attributes innermost = new Attributes(Map.of("axis", new Attribute.Int(-1)));
            add("", "Softmax", SOFTMAX_OPSET, List.of(scores), weights, innermost);
            weights = inline(onWeights, weights);
            Value y = node.output(0).orElseGet(() -> new Value(node.name() + "/y"));
            add("dev.nereid", "FlexAttentionValues", 1, List.of(weights, input(2)), y, Attributes.NONE);
        }

        private List<Graph> subgraphs(List<String> names) {
            List<Graph> graphs = new ArrayList<>();
            for (String name : names) {
                Optional<Graph> graph = node.attributes().graph(name);
                if (graph.isPresent()) {
                    if (graph.get().inputs().size() != 1 + captured()
                            || graph.get().outputs().size() != 1) {
                        throw new ModelFormatException(node.describe() + ": attribute '" + name
                                + "': expected a graph with one input and one output, got "
                                + (graph.get().inputs().size() - captured()) + " and "
                                + graph.get().outputs().size());
                    }
                    graphs.add(apply(graph.get()));
                }
            }
            return graphs;
        }

        private Value entrance(List<Graph> graphs, String name) {
            return graphs.isEmpty()
                    ? new Value(node.name() + "/" + name)
                    : graphs.getFirst().inputs().getFirst();
        }

        /** Adds the graphs, the first of which reads {@code value}, one after the other. */
        private Value inline(List<Graph> graphs, Value value) {
            Value current = value;
            for (Graph graph : graphs) {
                give(current, graph.inputs().getFirst());
                for (int i = 0; i < captured(); i++) {
                    give(
                            input(node.inputs().size() - captured() + i),
                            graph.inputs().get(1 + i));
                }
                initializers.putAll(graph.initializers());
                nodes.addAll(graph.nodes());
                current = graph.outputs().getFirst();
            }
            return current;
        }

        /** How many of a subgraph's inputs, those behind the first, are the node's last ones. */
        private int captured() {
            return node.attributes().captured();
        }

        private void give(Value value, Value inside) {
            if (!inside.equals(value)) {
                add("", "Identity", 1, List.of(value), inside, Attributes.NONE);
            }
        }

        private Attributes scoreAttributes() {
            Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
            attributes.values().removeIf(Attribute.Subgraph.class::isInstance);
            return new Attributes(attributes);
        }

        private Value input(int index) {
            return node.input(index)
                    .orElseThrow(() -> new ModelFormatException(node.describe() + ": input " + index + " is missing"));
        }

        private void add(
                String domain, String operator, int opset, List<Value> inputs, Value output, Attributes attributes) {
            nodes.add(Node.of(node.name(), domain, operator, opset, inputs, List.of(output), attributes));
        }
    }
}
