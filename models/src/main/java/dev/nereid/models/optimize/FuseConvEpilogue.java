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
                match(conv, index, types, rewrite);
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

    private void match(Node conv, GraphIndex index, GraphTypes types, GraphRewrite rewrite) {
        EpilogueChain chain = EpilogueChain.after(conv, index, types, operators);
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
