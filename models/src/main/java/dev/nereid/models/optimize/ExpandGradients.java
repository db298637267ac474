package dev.nereid.models.optimize;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces ai.onnx.preview.training Gradient by nodes that compute the derivatives, backwards from {@code y} to {@code
 * xs}. Not an optimisation: no other meaning of the operator is known.
 */
final class ExpandGradients implements GraphPass {
    /** Every operator that rules emit has its present meaning in this version. */
    private static final int OPSET = 14;

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(ExpandGradients::isGradient)) {
            return graph;
        }
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (isGradient(node)) {
                nodes.addAll(new Expansion(graph, node).nodes());
            } else {
                nodes.add(node);
            }
        }
        return graph.withNodes(ordered(nodes));
    }

    private static boolean isGradient(Node node) {
        return node.domain().equals("ai.onnx.preview.training")
                && node.operator().equals("Gradient");
    }

    /** The nodes in an order in which they can run: what makes y may stand behind the node that was replaced. */
    private static List<Node> ordered(List<Node> nodes) {
        Set<Value> missing = new HashSet<>();
        nodes.forEach(node -> node.outputs().forEach(output -> output.ifPresent(missing::add)));
        List<Node> waiting = nodes;
        List<Node> ordered = new ArrayList<>();
        while (!waiting.isEmpty()) {
            List<Node> later = new ArrayList<>();
            for (Node node : waiting) {
                Set<Value> read = new HashSet<>();
                node.inputs().forEach(input -> input.ifPresent(read::add));
                if (!Collections.disjoint(read, missing)) {
                    later.add(node);
                } else {
                    ordered.add(node);
                    node.outputs().forEach(output -> output.ifPresent(missing::remove));
                }
            }
            if (later.size() == waiting.size()) {
                throw new ModelFormatException(
                        later.getFirst().describe() + " depends on a gradient of its own output");
            }
            waiting = later;
        }
        return ordered;
    }

    /** The nodes that one Gradient becomes. */
    private static final class Expansion {
        private final Graph graph;
        private final Node node;
        private final List<Node> emitted = new ArrayList<>();
        private final Map<Value, Value> gradients = new HashMap<>();

        Expansion(Graph graph, Node node) {
            this.graph = graph;
            this.node = node;
        }

        List<Node> nodes() {
            List<String> xs = node.attributes().texts("xs").orElse(List.of());
            requireInputs(xs);
            List<Value> inputs =
                    node.inputs().stream().map(Optional::orElseThrow).toList();
            Value y = named(node.attributes().text("y", ""));
            gradients.put(y, internal("OnesLike", y));
            Set<Value> dependent = dependent(Set.copyOf(inputs.subList(0, xs.size())));
            for (Node step : graph.nodes().reversed()) {
                Value output = step.output(0).orElse(null);
                if (output != null && gradients.containsKey(output) && dependent.contains(output)) {
                    pass(step, output, dependent);
                }
            }
            for (int i = 0; i < xs.size(); i++) {
                Value x = inputs.get(i);
                // What y does not depend on has no gradient: zeros.
                Value gradient = Optional.ofNullable(gradients.get(x)).orElseGet(() -> emit("Sub", x, x));
                Optional<Value> output = node.output(i);
                output.ifPresent(value -> emitted.add(Node.of(
                        node.name(), "", "Identity", OPSET, List.of(gradient), List.of(value), Attributes.NONE)));
            }
            return emitted;
        }

        /** The node's inputs must be the tensors that its attributes name: the graph as it is, is differentiated. */
        private void requireInputs(List<String> xs) {
            List<String> names = new ArrayList<>(xs);
            names.addAll(node.attributes().texts("zs").orElse(List.of()));
            List<String> given = node.inputs().stream()
                    .map(input -> input.map(Value::name).orElse(""))
                    .toList();
            if (!names.equals(given)) {
                throw new ModelFormatException(node.describe() + ": its inputs must be the tensors " + names
                        + " that 'xs' and 'zs' name, got " + given);
            }
        }

        private Value named(String name) {
            return graph.nodes().stream()
                    .flatMap(step -> step.outputs().stream().flatMap(Optional::stream))
                    .filter(value -> value.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new ModelFormatException(
                            node.describe() + ": no node of the graph makes 'y', which is '" + name + "'"));
        }

        /** The values that are made of any of {@code xs}, and these themselves. */
        private Set<Value> dependent(Set<Value> xs) {
            Set<Value> dependent = new HashSet<>(xs);
            for (Node step : graph.nodes()) {
                boolean reads = step.inputs().stream().flatMap(Optional::stream).anyMatch(dependent::contains);
                if (reads && !step.equals(node)) {
                    step.outputs().forEach(output -> output.ifPresent(dependent::add));
                }
            }
            return dependent;
        }

        private void pass(Node step, Value output, Set<Value> dependent) {
            GradientRules.Rule rule = GradientRules.of(step.operator())
                    .filter(_ -> step.domain().isEmpty())
                    .orElseThrow(() -> new ModelFormatException(node.describe() + ": " + step.describe()
                            + " is not differentiated; these are: " + GradientRules.known()));
            List<Value> inputs =
                    step.inputs().stream().flatMap(Optional::stream).toList();
            Value gradient = Objects.requireNonNull(gradients.get(output));
            for (int i = 0; i < inputs.size(); i++) {
                Value input = inputs.get(i);
                if (dependent.contains(input)) {
                    Value part = internal("SumTo", rule.gradient(this::emit, inputs, output, gradient, i), input);
                    gradients.merge(input, part, (left, right) -> emit("Add", left, right));
                }
            }
        }

        private Value emit(String operator, Value... inputs) {
            return emit("", operator, OPSET, inputs);
        }

        private Value internal(String operator, Value... inputs) {
            return emit(FusedOperators.DOMAIN, operator, FusedOperators.VERSION, inputs);
        }

        private Value emit(String domain, String operator, int opset, Value... inputs) {
            Value output = new Value(node.describe() + "/" + operator + emitted.size());
            emitted.add(
                    Node.of(node.name(), domain, operator, opset, List.of(inputs), List.of(output), Attributes.NONE));
            return output;
        }
    }
}
