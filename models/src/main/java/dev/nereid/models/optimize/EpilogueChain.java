package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The nodes behind a product or convolution that its kernel can do on the way: an activation, then the addition of a
 * tensor of the same shape.
 *
 * @param nodes the chain in order, the node it starts at first
 * @param activation the attributes of the fused operator
 * @param residual what is added behind the activation
 */
record EpilogueChain(List<Node> nodes, Map<String, Attribute> activation, Optional<Value> residual) {
    /** Operators without attributes, and what a fused operator calls them. */
    private static final Map<String, String> SIMPLE =
            Map.of("Relu", "relu", "Gelu", "gelu", "Tanh", "tanh", "Sigmoid", "sigmoid", "HardSwish", "hardswish");

    EpilogueChain {
        nodes = List.copyOf(nodes);
        activation = Map.copyOf(activation);
    }

    /** The longest chain that starts at {@code first}: each node the only reader of the one before. */
    static EpilogueChain after(Node first, GraphIndex index, GraphTypes types) {
        List<Node> nodes = new ArrayList<>(List.of(first));
        Map<String, Attribute> activation = new HashMap<>();
        Optional<Node> next = next(first, index);
        Optional<Map<String, Attribute>> found = next.flatMap(node -> activation(node, index));
        if (found.isPresent()) {
            nodes.add(next.get());
            activation.putAll(found.get());
            next = next(next.get(), index);
        }
        Optional<Value> residual = Optional.empty();
        if (next.isPresent() && GraphIndex.is(next.get(), "Add")) {
            residual = residual(next.get(), nodes.getLast().output(0).orElseThrow(), types);
            if (residual.isPresent()) {
                nodes.add(next.get());
            }
        }
        return new EpilogueChain(nodes, activation, residual);
    }

    /** What the last node of the chain makes. */
    Value output() {
        return nodes.getLast().output(0).orElseThrow();
    }

    /** Puts {@code fused} in the place of the last node and drops the others. */
    void replace(GraphRewrite rewrite, Node fused) {
        nodes.subList(0, nodes.size() - 1).forEach(rewrite::drop);
        rewrite.replace(nodes.getLast(), fused);
    }

    private static Optional<Node> next(Node node, GraphIndex index) {
        return index.onlyConsumer(node.output(0).orElseThrow());
    }

    private static Optional<Map<String, Attribute>> activation(Node node, GraphIndex index) {
        if (!node.domain().isEmpty()) {
            return Optional.empty();
        }
        if (SIMPLE.containsKey(node.operator())) {
            boolean exact = node.attributes().text("approximate", "none").equals("none");
            return exact ? Optional.of(Map.of("activation", text(SIMPLE.get(node.operator())))) : Optional.empty();
        }
        if (node.operator().equals("Swish")) {
            boolean plain = node.attributes().real("alpha", 1f) == 1f;
            return plain ? Optional.of(Map.of("activation", text("swish"))) : Optional.empty();
        }
        if (node.operator().equals("LeakyRelu")) {
            float alpha = node.attributes().real("alpha", 0.01f);
            return Optional.of(Map.of("activation", text("leakyrelu"), "alpha", new Attribute.Real(alpha)));
        }
        return node.operator().equals("Clip") ? clip(node, index) : Optional.empty();
    }

    private static Optional<Map<String, Attribute>> clip(Node node, GraphIndex index) {
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("activation", text("clip"));
        for (int input = 1; input <= 2; input++) {
            String name = input == 1 ? "min" : "max";
            Optional<Float> bound = node.opset() < 11
                    ? node.attributes().real(name)
                    : node.input(input).flatMap(index::scalar);
            if (bound.isEmpty() && node.opset() >= 11 && node.input(input).isPresent()) {
                return Optional.empty();
            }
            bound.ifPresent(value -> attributes.put(name, new Attribute.Real(value)));
        }
        return Optional.of(attributes);
    }

    private static Optional<Value> residual(Node add, Value from, GraphTypes types) {
        Value other = add.input(0).equals(Optional.of(from))
                ? add.input(1).orElseThrow()
                : add.input(0).orElseThrow();
        TensorType type = types.type(from);
        boolean sameShape = other != from && type.hasRank() && types.type(other).equals(type);
        return sameShape ? Optional.of(other) : Optional.empty();
    }

    private static Attribute text(String value) {
        return new Attribute.Text(value);
    }
}
