package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.FusedOperators;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Convolutions and pooling: what the layout is changed for. */
final class ConvolutionRules {
    private static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    private ConvolutionRules() {}

    static boolean mayConvert(Node node) {
        return isConvolution(node) || isTransposed(node);
    }

    static boolean isTransposed(Node node) {
        return node.domain().isEmpty() && node.operator().equals("ConvTranspose");
    }

    static boolean isConvolution(Node node) {
        return (node.domain().isEmpty() && node.operator().equals("Conv"))
                || (node.domain().equals(FusedOperators.DOMAIN)
                        && node.operator().equals("FusedConv"));
    }

    /** The constant filters of a convolution of floats that has no other weights; empty where it is another one. */
    private static Optional<Tensor> weights(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        return node.input(1)
                .flatMap(rewrite::constant)
                .filter(tensor -> tensor.dataType() == DataType.FP32
                        && hasSpatialAxes(tensor.shape().rank())
                        && rewrite.isFloat(x)
                        && rewrite.rank(x) == tensor.shape().rank())
                .filter(_ -> node.input(BIAS)
                        .map(bias -> rewrite.constant(bias).isPresent())
                        .orElse(true));
    }

    static boolean convolution(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        boolean computed = isComputed(node, rewrite);
        if ((weights(node, rewrite).isEmpty() && !computed) || rewrite.staysFirst(node)) {
            return false;
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.of(rewrite.toLast(x)));
        inputs.add(node.input(1));
        inputs.add(node.input(BIAS));
        node.input(RESIDUAL).ifPresent(residual -> inputs.add(Optional.of(rewrite.toLast(residual))));
        Attribute winograd = new Attribute.Int(rewrite.allowsWinograd() ? 1 : 0);
        rewrite.addLast(
                fused(node, computed ? "ChannelsLastComputedConv" : "ChannelsLastConv"),
                inputs,
                node.attributes().with("winograd", winograd).map());
        return true;
    }

    /**
     * Whether filters are computed, of known dims, and the convolution is worth two transpositions: one that is pointwise is
     * a product of the image as it lies, and a depthwise one over two axes has a kernel of its own.
     */
    private static boolean isComputed(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        Value w = node.input(1).orElseThrow();
        Optional<Shape> shape = rewrite.type(w).flatMap(TensorType::shape);
        if (shape.isEmpty()
                || rewrite.constant(w).isPresent()
                || !rewrite.isFloat(w)
                || !rewrite.isFloat(x)
                || !hasSpatialAxes(shape.get().rank())
                || rewrite.rank(x) != shape.get().rank()) {
            return false;
        }
        int rank = shape.get().rank();
        boolean pointwise = shape.get().elements(2, rank) == 1;
        boolean depthwise = shape.get().dim(1) == 1 && rank <= 4;
        return shape.get().elements() > 0 && (rewrite.isLast(x) || !(pointwise || depthwise));
    }

    static boolean transposed(Node node, LayoutRewrite rewrite) {
        if (weights(node, rewrite).isEmpty()) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        List<Optional<Value>> inputs = List.of(Optional.of(rewrite.toLast(x)), node.input(1), node.input(BIAS));
        rewrite.addLast(
                fused(node, "ChannelsLastConvTranspose"),
                inputs,
                node.attributes().map());
        return true;
    }

    /** The rule for a pooling operator that becomes {@code operator}. */
    static LayoutRule pooling(String operator) {
        return (node, rewrite) -> {
            Value x = node.input(0).orElseThrow();
            boolean oneOutput = node.outputs().stream().skip(1).allMatch(Optional::isEmpty);
            if (!rewrite.isLast(x) || !rewrite.isFloat(x) || !hasSpatialAxes(rewrite.rank(x)) || !oneOutput) {
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
        return rank >= 3 && rank <= 5;
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
