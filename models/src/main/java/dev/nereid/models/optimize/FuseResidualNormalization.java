package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** A layer normalisation of a sum adds on the way: {@code norm(x + residual)} becomes one node. */
public final class FuseResidualNormalization implements GraphPass {
    private final OperatorSet operators;

    public FuseResidualNormalization(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node norm : graph.nodes()) {
            if (GraphIndex.is(norm, "LayerNormalization") && isPlain(norm, types)) {
                index.producer(norm, 0, "Add")
                        .filter(add -> isResidual(add, index, types))
                        .ifPresent(add -> fuse(add, norm, rewrite));
            }
        }
        return rewrite.apply();
    }

    /** Over the last axis, with scale and bias, and nobody asks for mean or deviation. */
    private static boolean isPlain(Node norm, GraphTypes types) {
        Value x = norm.input(0).orElseThrow();
        long axis = norm.attributes().integer("axis", -1);
        return types.type(x).dataType() == DataType.FP32
                && types.type(x).hasRank()
                && (axis == -1 || axis == types.type(x).rank() - 1)
                && norm.input(1).isPresent()
                && norm.input(2).isPresent()
                && norm.outputs().stream().skip(1).allMatch(Optional::isEmpty);
    }

    private static boolean isResidual(Node add, GraphIndex index, GraphTypes types) {
        Value left = add.input(0).orElseThrow();
        Value right = add.input(1).orElseThrow();
        return index.onlyConsumer(add.output(0).orElseThrow()).isPresent()
                && types.type(left).equals(types.type(right));
    }

    private static void fuse(Node add, Node norm, GraphRewrite rewrite) {
        rewrite.drop(add);
        rewrite.replace(
                norm,
                Node.of(
                        norm.name(),
                        FusedOperators.DOMAIN,
                        "FusedLayerNormalization",
                        FusedOperators.VERSION,
                        List.of(
                                add.input(0).orElseThrow(),
                                norm.input(1).orElseThrow(),
                                norm.input(2).orElseThrow(),
                                add.input(1).orElseThrow()),
                        List.of(norm.output(0).orElseThrow()),
                        norm.attributes()));
    }
}
