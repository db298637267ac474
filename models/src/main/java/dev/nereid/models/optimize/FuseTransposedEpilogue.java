package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;

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
                EpilogueChain.after(node, index, types, operators).fuse(OPERATOR, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static boolean isTransposed(Node node) {
        return node.domain().equals(FusedOperators.DOMAIN) && node.operator().equals(OPERATOR);
    }
}
