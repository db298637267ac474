package dev.nereid.models.optimize;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.SubgraphOperator;
import dev.nereid.models.operators.Subgraphs;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rewrites subgraphs: constants that they read become their own, they go through the same passes as the graph around them,
 * and values that they no longer read are not captured.
 */
final class OptimizeSubgraphs implements GraphPass {
    private static final Logger LOG = LoggerFactory.getLogger(OptimizeSubgraphs.class);

    private final OperatorSet operators;
    private final GraphPass passes;

    /**
     * A pass over the subgraphs.
     *
     * @param passes what each of them goes through, those inside it too
     */
    OptimizeSubgraphs(OperatorSet operators, GraphPass passes) {
        this.operators = operators;
        this.passes = passes;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(OptimizeSubgraphs::hasSubgraphs)) {
            return graph;
        }
        List<Node> sunk = new ArrayList<>();
        graph.nodes().forEach(node -> sunk.add(hasSubgraphs(node) ? withOwnConstants(node, graph) : node));
        Graph narrowed = graph.withNodes(sunk);
        GraphTypes types = GraphTypes.infer(narrowed, operators);
        List<Node> nodes = new ArrayList<>();
        for (Node node : narrowed.nodes()) {
            nodes.add(hasSubgraphs(node) ? withoutUnread(optimized(node, types)) : node);
        }
        return new RemoveDeadNodes().apply(narrowed.withNodes(nodes));
    }

    private static boolean hasSubgraphs(Node node) {
        return node.attributes().map().values().stream().anyMatch(Attribute.Subgraph.class::isInstance);
    }

    private Node optimized(Node node, GraphTypes types) {
        if (!(GraphTypes.operator(node, operators) instanceof SubgraphOperator operator)) {
            return node;
        }
        Map<String, List<ValueType>> inputs = operator.bodyInputs(types.inference(node));
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        inputs.forEach((name, bodyInputs) -> attributes.computeIfPresent(
                name,
                (_, attribute) -> attribute instanceof Attribute.Subgraph(Graph body, int captured)
                        ? new Attribute.Subgraph(optimized(body, bodyInputs), captured)
                        : attribute));
        return with(node, node.inputs(), attributes);
    }

    /** A branch that does not suit its inputs is left as it is: it may be one that is never taken. */
    private Graph optimized(Graph body, List<ValueType> inputs) {
        Graph standalone = Subgraphs.standalone(body, inputs);
        try {
            return passes.apply(standalone);
        } catch (ModelFormatException e) {
            LOG.debug("graph '{}' is not optimised: {}", body.name(), e.getMessage());
            return standalone;
        }
    }

    private static Node withOwnConstants(Node node, Graph graph) {
        return narrow(
                node,
                input ->
                        node.input(input).map(graph.initializers()::containsKey).orElse(false),
                graph.initializers());
    }

    private static Node withoutUnread(Node node) {
        Set<Value> read = new HashSet<>();
        List<Graph> subgraphs = subgraphs(node);
        for (Graph body : subgraphs) {
            read.addAll(body.outputs());
            body.nodes().forEach(inner -> inner.inputs().forEach(input -> input.ifPresent(read::add)));
        }
        int own = node.inputs().size() - node.attributes().captured();
        return narrow(
                node,
                input -> subgraphs.stream().noneMatch(body -> read.contains(captured(body, node, input - own))),
                Map.of());
    }

    private static Value captured(Graph body, Node node, int index) {
        return body.inputs().get(body.inputs().size() - node.attributes().captured() + index);
    }

    private static List<Graph> subgraphs(Node node) {
        return node.attributes().map().values().stream()
                .flatMap(attribute -> attribute instanceof Attribute.Subgraph(Graph body, int _)
                        ? Optional.of(body).stream()
                        : Optional.<Graph>empty().stream())
                .toList();
    }

    /** The node without the captured inputs that {@code dropped} accepts, which become constants where they are some. */
    private static Node narrow(Node node, Predicate<Integer> dropped, Map<Value, Tensor> constants) {
        int captured = node.attributes().captured();
        int own = node.inputs().size() - captured;
        List<Optional<Value>> inputs = new ArrayList<>(node.inputs().subList(0, own));
        List<Integer> kept = new ArrayList<>();
        Map<Integer, Tensor> constant = new HashMap<>();
        for (int i = 0; i < captured; i++) {
            Optional<Value> value = node.input(own + i);
            if (!dropped.test(own + i)) {
                kept.add(i);
                inputs.add(value);
            } else if (value.isPresent() && constants.containsKey(value.get())) {
                constant.put(i, constants.get(value.get()));
            }
        }
        if (kept.size() == captured) {
            return node;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.replaceAll((_, attribute) -> attribute instanceof Attribute.Subgraph(Graph body, int _)
                ? new Attribute.Subgraph(narrow(body, captured, kept, constant), kept.size())
                : attribute);
        return with(node, inputs, attributes);
    }

    private static Graph narrow(Graph body, int captured, List<Integer> kept, Map<Integer, Tensor> constant) {
        int own = body.inputs().size() - captured;
        List<Value> inputs = new ArrayList<>(body.inputs().subList(0, own));
        kept.forEach(index -> inputs.add(body.inputs().get(own + index)));
        Map<Value, Tensor> initializers = new HashMap<>(body.initializers());
        constant.forEach((index, tensor) -> initializers.put(body.inputs().get(own + index), tensor));
        return new Graph(body.name(), inputs, body.outputs(), body.nodes(), initializers, body.types());
    }

    private static Node with(Node node, List<Optional<Value>> inputs, Map<String, Attribute> attributes) {
        return node.with(inputs, node.outputs(), new Attributes(attributes));
    }
}
