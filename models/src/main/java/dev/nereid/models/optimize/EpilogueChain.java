package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
    EpilogueChain {
        nodes = List.copyOf(nodes);
        activation = Map.copyOf(activation);
    }

    /** The longest chain that starts at {@code first}: each node the only reader of the one before. */
    static EpilogueChain after(Node first, GraphIndex index, GraphTypes types, OperatorSet operators) {
        List<Node> nodes = new ArrayList<>(List.of(first));
        Map<String, Attribute> activation = new HashMap<>();
        Optional<Node> next = next(first, index);
        Optional<Map<String, Attribute>> found =
                next.filter(node -> operators.has(node, Trait.ACTIVATION)).flatMap(node -> activation(node, index));
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

    /**
     * Puts one operator that only passes emit in the place of the chain, if that is more than its first node: a convolution,
     * whose weights, bias and attributes it takes over.
     */
    void fuse(String operator, GraphRewrite rewrite) {
        if (nodes.size() < 2 || nodes.stream().anyMatch(rewrite::touches)) {
            return;
        }
        Node first = nodes.getFirst();
        List<Optional<Value>> inputs = new ArrayList<>(List.of(first.input(0), first.input(1), first.input(2)));
        residual.ifPresent(added -> inputs.add(Optional.of(added)));
        Map<String, Attribute> attributes = new HashMap<>(first.attributes().map());
        attributes.putAll(activation);
        List<Optional<Value>> outputs = List.of(Optional.of(output()));
        replace(rewrite, FusedOperators.node(first, operator, inputs, outputs, new Attributes(attributes)));
    }

    /** Puts {@code fused} in the place of the last node and drops the others. */
    void replace(GraphRewrite rewrite, Node fused) {
        nodes.subList(0, nodes.size() - 1).forEach(rewrite::drop);
        rewrite.replace(nodes.getLast(), fused);
    }

    private static Optional<Node> next(Node node, GraphIndex index) {
        return index.onlyConsumer(node.output(0).orElseThrow());
    }

    /** The attributes that name an activation; empty where fused operators do not apply it with the node's parameters. */
    private static Optional<Map<String, Attribute>> activation(Node node, GraphIndex index) {
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("activation", new Attribute.Text(node.operator().toLowerCase(Locale.ROOT)));
        boolean fits = switch (node.operator()) {
            case "Clip" -> clips(node, index, attributes);
            case "Swish" -> node.attributes().real("alpha", 1f) == 1f;
            case "LeakyRelu" -> {
                attributes.put("alpha", new Attribute.Real(node.attributes().real("alpha", 0.01f)));
                yield true;
            }
            default -> node.attributes().text("approximate", "none").equals("none");
        };
        return fits ? Optional.of(attributes) : Optional.empty();
    }

    /** Puts the bounds into {@code attributes}; false where one is not known. */
    private static boolean clips(Node node, GraphIndex index, Map<String, Attribute> attributes) {
        for (int input = 1; input <= 2; input++) {
            String name = input == 1 ? "min" : "max";
            Optional<Float> bound = node.opset() < 11
                    ? node.attributes().real(name)
                    : node.input(input).flatMap(index::scalar);
            if (bound.isEmpty() && node.opset() >= 11 && node.input(input).isPresent()) {
                return false;
            }
            bound.ifPresent(value -> attributes.put(name, new Attribute.Real(value)));
        }
        return true;
    }

    private static Optional<Value> residual(Node add, Value from, GraphTypes types) {
        Value other = add.input(0).equals(Optional.of(from))
                ? add.input(1).orElseThrow()
                : add.input(0).orElseThrow();
        TensorType type = types.type(from);
        boolean sameShape = other != from && type.hasRank() && types.type(other).equals(type);
        return sameShape ? Optional.of(other) : Optional.empty();
    }
}
