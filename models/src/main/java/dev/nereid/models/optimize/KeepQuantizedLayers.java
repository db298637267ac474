package dev.nereid.models.optimize;

import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.recurrent.QuantizedLstm;
import java.util.List;

/**
 * com.microsoft.DynamicQuantizeLSTM becomes QuantizedLSTM of the domain dev.nereid, where there are kernels that multiply its
 * bytes; else it is a formula of floats.
 */
final class KeepQuantizedLayers implements GraphPass {
    private static final String DOMAIN = "com.microsoft";

    private final boolean kept;

    KeepQuantizedLayers(RecurrentKernels kernels) {
        this.kept = kernels.ofBytes().isPresent();
    }

    @Override
    public Graph apply(Graph graph) {
        if (!kept) {
            return graph;
        }
        List<Node> nodes = graph.nodes().stream().map(node -> kept(node, graph)).toList();
        return nodes.equals(graph.nodes()) ? graph : graph.withNodes(nodes);
    }

    private static Node kept(Node node, Graph graph) {
        boolean quantized = node.domain().equals(DOMAIN) && node.operator().equals("DynamicQuantizeLSTM");
        if (!quantized || !QuantizedLstm.suits(node, graph.initializers()::containsKey)) {
            return node;
        }
        return new Node(
                node.name(), "dev.nereid", "QuantizedLSTM", 1, node.inputs(), node.outputs(), node.attributes());
    }
}
