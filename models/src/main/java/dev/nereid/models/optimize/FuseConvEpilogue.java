package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import java.util.Set;

/** A convolution with constant weights takes the activation and the residual that follow into its loop. */
public final class FuseConvEpilogue implements GraphPass {
    private final OperatorSet operators;
    private final Set<DataType> fused;

    /** @param fused the types of convolutions whose kernels do what follows; those of 16 bits round once then */
    public FuseConvEpilogue(OperatorSet operators, Set<DataType> fused) {
        this.operators = operators;
        this.fused = Set.copyOf(fused);
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node conv : graph.nodes()) {
            if (GraphIndex.is(conv, "Conv") && isFused(conv, index) && !rewrite.touches(conv)) {
                EpilogueChain.after(conv, index, types, operators).fuse("FusedConv", rewrite);
            }
        }
        return rewrite.apply();
    }

    private boolean isFused(Node conv, GraphIndex index) {
        return conv.input(1)
                .flatMap(index::constant)
                .filter(weights -> fused.contains(weights.dataType()))
                .isPresent();
    }
}
