package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.tensor.DataType;

/**
 * Says of convolutions of FP32 with constant filters that a device may compute them by Winograd's algorithm, which rounds
 * otherwise. What is for the CPU alone is told so where its channels become the last ones.
 */
final class AllowWinograd implements GraphPass {
    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        return graph.withNodes(graph.nodes().stream()
                .map(node -> isMeant(node, index) ? allowed(node) : node)
                .toList());
    }

    private static boolean isMeant(Node node, GraphIndex index) {
        boolean fused =
                node.domain().equals(FusedOperators.DOMAIN) && node.operator().equals("FusedConv");
        return (fused || GraphIndex.is(node, "Conv"))
                && node.input(1)
                        .flatMap(index::constant)
                        .filter(w -> w.dataType() == DataType.FP32)
                        .isPresent();
    }

    private static Node allowed(Node node) {
        return node.with(node.attributes().with("winograd", new Attribute.Int(1)));
    }
}
