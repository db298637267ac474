package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.RowNorms.Scaled;
import java.util.List;
import java.util.Optional;

/**
 * Numbers divided by their root mean square over the last axis and scaled, as T5 and Llama have it, become one
 * RMSNormalization node.
 */
public final class FuseRmsNormalization implements GraphPass {
    private static final int RMS_NORMALIZATION_OPSET = 23;

    private final OperatorSet operators;

    public FuseRmsNormalization(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "ReduceMean"))) {
            return graph;
        }
        RowNorms norms = new RowNorms(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            Optional<Scaled> scaled =
                    GraphIndex.is(node, "Mul") ? node.output(0).flatMap(norms::scaled) : Optional.empty();
            scaled.ifPresent(found -> rewrite.replace(node, fused(node, found, norms)));
        }
        return rewrite.apply(norms.initializers());
    }

    private static Node fused(Node node, Scaled scaled, RowNorms norms) {
        return Node.of(
                node.name(),
                "",
                "RMSNormalization",
                RMS_NORMALIZATION_OPSET,
                List.of(scaled.normal().numbers(), norms.vector(scaled.scale())),
                List.of(node.output(0).orElseThrow()),
                scaled.normal().attributes());
    }
}
