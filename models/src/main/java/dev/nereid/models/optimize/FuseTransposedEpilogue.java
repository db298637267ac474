package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A transposed convolution with its channels last takes the activation and the residual that follow into its loop. */
public final class FuseTransposedEpilogue implements GraphPass {
    private static final String OPERATOR = "ChannelsLastConvTranspose";
    private static final int INPUTS = 3;

    private final OperatorSet operators;

    public FuseTransposedEpilogue(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(FuseTransposedEpilogue::isTransposed)) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            if (isTransposed(node) && node.inputs().size() <= INPUTS && !rewrite.touches(node)) {
                match(node, index, types, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static boolean isTransposed(Node node) {
        return node.domain().equals(FusedOperators.DOMAIN) && node.operator().equals(OPERATOR);
    }

    private void match(Node node, GraphIndex index, GraphTypes types, GraphRewrite rewrite) {
        EpilogueChain chain = EpilogueChain.after(node, index, types, operators);
        if (chain.nodes().size() < 2 || chain.nodes().stream().anyMatch(rewrite::touches)) {
            return;
        }
        List<Optional<Value>> inputs = new ArrayList<>(List.of(node.input(0), node.input(1), node.input(2)));
        chain.residual().ifPresent(residual -> inputs.add(Optional.of(residual)));
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.putAll(chain.activation());
        chain.replace(
                rewrite,
                new Node(
                        node.name(),
                        FusedOperators.DOMAIN,
                        OPERATOR,
                        FusedOperators.VERSION,
                        inputs,
                        List.of(Optional.of(chain.output())),
                        new Attributes(attributes)));
    }
}
