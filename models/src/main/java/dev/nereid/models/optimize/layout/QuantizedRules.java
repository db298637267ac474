package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Convolutions of bytes, and what quantised models have between them. */
final class QuantizedRules {
    static final String MICROSOFT = "com.microsoft";

    private static final String CHANNELS_LAST = "channels_last";
    private static final int SCALE = 1;
    private static final int WEIGHTS = 3;

    private QuantizedRules() {}

    static boolean mayConvert(Node node) {
        return node.operator().equals("QLinearConv")
                && (node.domain().isEmpty() || node.domain().equals(MICROSOFT))
                && node.attributes().integer(CHANNELS_LAST, 0) == 0;
    }

    /** QLinearConv becomes Microsoft's, which knows images with their channels last. */
    static boolean convolution(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        Optional<Tensor> weights = node.input(WEIGHTS).flatMap(rewrite::constant);
        if (weights.isEmpty()
                || weights.get().shape().rank() < 3
                || rewrite.rank(x) != weights.get().shape().rank()) {
            return false;
        }
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.put(CHANNELS_LAST, new Attribute.Int(1));
        Node last = new Node(node.name(), MICROSOFT, node.operator(), 1, List.of(), node.outputs(), Attributes.NONE);
        rewrite.addLast(last, inputs, attributes);
        return true;
    }

    /**
     * QuantizeLinear and DequantizeLinear with a scale for all elements, or one a channel or place of another axis. What
     * becomes the graph's output is transposed while it is bytes.
     */
    static boolean conversion(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        Optional<TensorType> scale = node.input(SCALE).flatMap(rewrite::type);
        boolean becomesOutput = node.operator().equals("DequantizeLinear")
                && rewrite.isOutput(node.output(0).orElseThrow());
        if (!rewrite.isLast(x) || scale.isEmpty() || becomesOutput) {
            return false;
        }
        int rank = rewrite.rank(x);
        long axis = node.attributes().integer("axis", 1);
        boolean blocked = scale.get().rank() > 1 || node.attributes().integer("block_size", 0) != 0;
        if (blocked || (scale.get().rank() == 1 && !ChannelsLastAxes.isValid(axis, rank))) {
            return false;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        if (scale.get().rank() == 1) {
            attributes.put("axis", new Attribute.Int(ChannelsLastAxes.last(axis, rank)));
        }
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        rewrite.addLast(node, inputs, attributes);
        return true;
    }
}
