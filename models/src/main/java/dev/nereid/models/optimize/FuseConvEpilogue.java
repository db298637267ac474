package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A convolution with constant weights takes the activation and the residual that follow into its loop. */
public final class FuseConvEpilogue implements GraphPass {
    private final OperatorSet operators;

    public FuseConvEpilogue(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node conv : graph.nodes()) {
            if (GraphIndex.is(conv, "Conv") && isFloat(conv, index) && !rewrite.touches(conv)) {
                match(conv, index, types, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static boolean isFloat(Node conv, GraphIndex index) {
        return conv.input(1)
                .flatMap(index::constant)
                .filter(weights -> weights.dataType() == DataType.FP32)
                .isPresent();
    }

    private static void match(Node conv, GraphIndex index, GraphTypes types, GraphRewrite rewrite) {
        EpilogueChain chain = EpilogueChain.after(conv, index, types);
        if (chain.nodes().size() < 2 || chain.nodes().stream().anyMatch(rewrite::touches)) {
            return;
        }
        List<Optional<Value>> inputs = new ArrayList<>(List.of(conv.input(0), conv.input(1), conv.input(2)));
        chain.residual().ifPresent(residual -> inputs.add(Optional.of(residual)));
        Map<String, Attribute> attributes = new HashMap<>(conv.attributes().map());
        attributes.putAll(chain.activation());
        chain.replace(
                rewrite,
                new Node(
                        conv.name(),
                        FusedOperators.DOMAIN,
                        "FusedConv",
                        FusedOperators.VERSION,
                        inputs,
                        List.of(Optional.of(chain.output())),
                        new Attributes(attributes)));
    }
}
