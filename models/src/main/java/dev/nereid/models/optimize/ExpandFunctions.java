package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.FunctionOperator;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts the formulas of {@link FunctionOperator}s in the places of their nodes, in the subgraphs too. */
final class ExpandFunctions implements GraphPass {
    private final OperatorSet operators;

    ExpandFunctions(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        if (!concerns(graph)) {
            return graph;
        }
        // What the registry says of a function's inputs is checked while its node is still there.
        GraphTypes.infer(graph, operators);
        return expanded(graph);
    }

    private Graph expanded(Graph graph) {
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (GraphTypes.operator(node, operators) instanceof FunctionOperator function) {
                // A formula may have functions in it.
                nodes.addAll(expanded(graph.withNodes(function.expand(node))).nodes());
            } else {
                nodes.add(insideSubgraphs(node));
            }
        }
        return graph.withNodes(nodes);
    }

    private boolean concerns(Graph graph) {
        return graph.nodes().stream()
                .anyMatch(node -> GraphTypes.operator(node, operators) instanceof FunctionOperator
                        || node.attributes().map().values().stream()
                                .anyMatch(attribute -> attribute instanceof Attribute.Subgraph subgraph
                                        && concerns(subgraph.graph())));
    }

    private Node insideSubgraphs(Node node) {
        if (node.attributes().map().values().stream().noneMatch(Attribute.Subgraph.class::isInstance)) {
            return node;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.replaceAll((_, attribute) -> attribute instanceof Attribute.Subgraph(Graph graph, int captured)
                ? new Attribute.Subgraph(expanded(graph), captured)
                : attribute);
        return node.with(new Attributes(attributes));
    }
}
