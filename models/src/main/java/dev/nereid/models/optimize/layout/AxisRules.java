package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** Operators that name axes of their input: the same ones have other numbers with the channels last. */
final class AxisRules {
    private static final int SOFTMAX_OF_ONE_AXIS = 13;

    private AxisRules() {}

    static boolean concat(Node node, LayoutRewrite rewrite) {
        List<Value> values = node.inputs().stream().flatMap(Optional::stream).toList();
        int rank = values.stream()
                .filter(rewrite::isLast)
                .mapToInt(rewrite::rank)
                .findFirst()
                .orElse(-1);
        Optional<Long> axis = node.attributes().integer("axis");
        if (rank < 0 || axis.isEmpty() || values.stream().anyMatch(value -> rewrite.rank(value) != rank)) {
            return false;
        }
        List<Optional<Value>> inputs =
                values.stream().map(value -> Optional.of(rewrite.toLast(value))).toList();
        rewrite.addLast(node, inputs, withAxis(node, ChannelsLastAxes.last(axis.get(), rank)));
        return true;
    }

    static boolean split(Node node, LayoutRewrite rewrite) {
        return alongAxis(node, 0, rewrite);
    }

    static boolean softmax(Node node, LayoutRewrite rewrite) {
        return node.opset() >= SOFTMAX_OF_ONE_AXIS && alongAxis(node, -1, rewrite);
    }

    private static boolean alongAxis(Node node, long axisWhenAbsent, LayoutRewrite rewrite) {
        if (!rewrite.isLast(node, 0)) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        long axis = node.attributes().integer("axis", axisWhenAbsent);
        rewrite.addLast(node, inputs, withAxis(node, ChannelsLastAxes.last(axis, rewrite.rank(x))));
        return true;
    }

    private static Map<String, Attribute> withAxis(Node node, int axis) {
        return node.attributes().with("axis", new Attribute.Int(axis)).map();
    }

    /** A reduction over known axes that keeps them, or that leaves nothing but batch and channels. */
    static boolean reduction(Node node, LayoutRewrite rewrite) {
        if (!rewrite.isLast(node, 0)) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        int rank = rewrite.rank(x);
        Optional<long[]> axes = node.input(1).isPresent()
                ? node.input(1).flatMap(rewrite::constant).map(AxisRules::integers)
                : node.attributes().integers("axes");
        if (axes.isEmpty() || axes.get().length == 0) {
            return false;
        }
        boolean keeps = node.attributes().integer("keepdims", 1) != 0;
        if (!keeps && !isSpatial(axes.get(), rank)) {
            return false;
        }
        long[] moved = Arrays.stream(axes.get())
                .map(axis -> ChannelsLastAxes.last(axis, rank))
                .toArray();
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        List<Optional<Value>> inputs = new ArrayList<>(List.of(Optional.of(rewrite.toLast(x))));
        if (node.input(1).isPresent()) {
            inputs.add(Optional.of(rewrite.integers(node.name() + " axes", moved)));
        } else {
            attributes.put(
                    "axes", new Attribute.Ints(LongStream.of(moved).boxed().toList()));
        }
        if (keeps) {
            rewrite.addLast(node, inputs, attributes);
        } else {
            rewrite.add(node, inputs, node.outputs(), attributes);
        }
        return true;
    }

    private static boolean isSpatial(long[] axes, int rank) {
        long[] sorted = Arrays.stream(axes)
                .map(axis -> axis < 0 ? axis + rank : axis)
                .sorted()
                .toArray();
        return Arrays.equals(sorted, LongStream.range(2, rank).toArray());
    }

    /** The content of a tensor of {@code INT64}. */
    static long[] integers(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    }
}
