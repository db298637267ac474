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
     * Whether filters are computed, and the convolution is worth two transpositions: one that is pointwise is a product of
     * the image as it lies, and a depthwise one over two axes has a kernel of its own.
     */
    private static boolean isComputed(Node node, LayoutRewrite rewrite) {
        if (!hasComputedFilters(node, rewrite)) {
            return false;
        }
        Shape w = rewrite.type(node.input(1).orElseThrow())
                .flatMap(TensorType::shape)
                .orElseThrow();
        boolean pointwise = w.elements(2, w.rank()) == 1;
        boolean depthwise = w.dim(1) == 1 && w.rank() <= 4;
        return rewrite.isLast(node.input(0).orElseThrow()) || !(pointwise || depthwise);
    }

    /** Whether the filters of a convolution of floats are no constant but of known dims. */
    private static boolean hasComputedFilters(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        Value w = node.input(1).orElseThrow();
        Optional<Shape> shape = rewrite.type(w).flatMap(TensorType::shape);
        return shape.isPresent()
                && rewrite.constant(w).isEmpty()
                && rewrite.isFloat(w)
                && rewrite.isFloat(x)
                && hasSpatialAxes(shape.get().rank())
                && rewrite.rank(x) == shape.get().rank()
                && shape.get().elements() > 0;
    }

    static boolean transposed(Node node, LayoutRewrite rewrite) {
        boolean computed = hasComputedFilters(node, rewrite);
        if (weights(node, rewrite).isEmpty() && !computed) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        List<Optional<Value>> inputs = List.of(Optional.of(rewrite.toLast(x)), node.input(1), node.input(BIAS));
        rewrite.addLast(
                fused(node, computed ? "ChannelsLastComputedConvTranspose" : "ChannelsLastConvTranspose"),
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
        return FusedOperators.node(node, operator, List.of(), node.outputs().subList(0, 1), Attributes.NONE);
    }
}
