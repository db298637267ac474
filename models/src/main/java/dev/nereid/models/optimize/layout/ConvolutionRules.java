package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.FusedOperators;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Convolutions and pooling: what the layout is changed for. */
final class ConvolutionRules {
    private static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    private ConvolutionRules() {}

    static boolean mayConvert(Node node) {
        return (node.domain().isEmpty() && node.operator().equals("Conv"))
                || (node.domain().equals(FusedOperators.DOMAIN)
                        && node.operator().equals("FusedConv"));
    }

    static boolean convolution(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        Optional<Tensor> weights = node.input(1)
                .flatMap(rewrite::constant)
                .filter(tensor -> tensor.dataType() == DataType.FP32
                        && hasSpatialAxes(tensor.shape().rank()));
        if (weights.isEmpty()
                || !rewrite.isFloat(x)
                || rewrite.rank(x) != weights.get().shape().rank()) {
            return false;
        }
        if (node.input(BIAS).isPresent()
                && rewrite.constant(node.input(BIAS).get()).isEmpty()) {
            return false;
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.of(rewrite.toLast(x)));
        inputs.add(node.input(1));
        inputs.add(node.input(BIAS));
        node.input(RESIDUAL).ifPresent(residual -> inputs.add(Optional.of(rewrite.toLast(residual))));
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.put("winograd", new Attribute.Int(rewrite.allowsWinograd() ? 1 : 0));
        rewrite.addLast(fused(node, "ChannelsLastConv"), inputs, attributes);
        return true;
    }

    /** The rule for a pooling operator that becomes {@code operator}. */
    static LayoutRule pooling(String operator) {
        return (node, rewrite) -> {
            Value x = node.input(0).orElseThrow();
            boolean oneOutput = node.outputs().stream().skip(1).allMatch(Optional::isEmpty);
            if (!rewrite.isLast(x) || !rewrite.isFloat(x) || !oneOutput) {
                return false;
            }
            rewrite.addLast(
                    fused(node, operator),
                    List.of(Optional.of(rewrite.toLast(x))),
                    node.attributes().map());
            return true;
        };
    }

    private static boolean hasSpatialAxes(int rank) {
        return rank == 3 || rank == 4;
    }

    private static Node fused(Node node, String operator) {
        return new Node(
                node.name(),
                FusedOperators.DOMAIN,
                operator,
                FusedOperators.VERSION,
                List.of(),
                node.outputs().subList(0, 1),
                Attributes.NONE);
    }
}
