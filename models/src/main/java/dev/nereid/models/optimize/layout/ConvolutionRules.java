package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.FusedOperators;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
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
        if (weights(node, rewrite).isEmpty() || rewrite.staysFirst(node)) {
            return false;
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.of(rewrite.toLast(x)));
        inputs.add(node.input(1));
        inputs.add(node.input(BIAS));
        node.input(RESIDUAL).ifPresent(residual -> inputs.add(Optional.of(rewrite.toLast(residual))));
        Attribute winograd = new Attribute.Int(rewrite.allowsWinograd() ? 1 : 0);
        rewrite.addLast(
                fused(node, "ChannelsLastConv"),
                inputs,
                node.attributes().with("winograd", winograd).map());
        return true;
    }

    static boolean transposed(Node node, LayoutRewrite rewrite) {
        Optional<Tensor> weights = weights(node, rewrite);
        if (weights.isEmpty() || !isPlain(node.attributes(), weights.get().shape())) {
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

    /** Whether a transposed convolution is one that the kernels have for channels that are last. */
    private static boolean isPlain(Attributes attributes, Shape w) {
        int rank = w.rank() - 2;
        long[] strides = attributes.integers("strides").orElse(filled(rank, 1));
        long[] pads = attributes.integers("pads").orElse(filled(2 * rank, 0));
        long[] dilations = attributes.integers("dilations").orElse(filled(rank, 1));
        boolean plain = attributes.integer("group", 1) == 1
                && strides.length == rank
                && pads.length == 2 * rank
                && Arrays.stream(pads).allMatch(pad -> pad >= 0)
                && Arrays.stream(dilations).allMatch(dilation -> dilation == 1);
        for (int axis = 0; plain && axis < rank; axis++) {
            plain = w.dim(axis + 2) >= strides[axis] && strides[axis] >= 1;
        }
        boolean tiles = plain && w.dim(rank + 1) == strides[rank - 1];
        return plain && (!tiles || isWhole(attributes, rank, pads));
    }

    /** Whether the output has a cell for every tap along the last axis. */
    private static boolean isWhole(Attributes attributes, int rank, long... pads) {
        long[] longer = attributes.integers("output_padding").orElse(filled(rank, 0));
        String padding = attributes.text("auto_pad", "NOTSET");
        return attributes.integers("output_shape").isEmpty()
                && (padding.equals("NOTSET") || padding.equals("VALID"))
                && pads[rank - 1] == 0
                && pads[2 * rank - 1] == 0
                && longer[rank - 1] == 0;
    }

    private static long[] filled(int length, long number) {
        long[] numbers = new long[length];
        Arrays.fill(numbers, number);
        return numbers;
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
