package dev.nereid.models.conformance;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a graph's outputs are random, so that expected numbers say nothing. Decided by its operators, and for
 * Dropout by whether it trains in this run.
 */
final class Randomness {
    private static final Set<String> OPERATORS = Set.of(
            "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial");
    private static final int TRAINING_MODE = 2;

    private Randomness() {}

    /**
     * Whether a run of {@code graph} is random.
     *
     * @param inputs what the run is given, by name
     */
    static boolean isRandom(Graph graph, Map<String, Tensor> inputs) {
        return graph.nodes().stream().anyMatch(node -> isRandom(node, graph, inputs));
    }

    private static boolean isRandom(Node node, Graph graph, Map<String, Tensor> inputs) {
        if (node.domain().isEmpty() && OPERATORS.contains(node.operator())) {
            return true;
        }
        if (node.operator().equals("Dropout") && node.input(TRAINING_MODE).isPresent()) {
            return isTrue(node.input(TRAINING_MODE).get(), graph, inputs);
        }
        return node.attributes().map().values().stream()
                .anyMatch(attribute ->
                        attribute instanceof Attribute.Subgraph(Graph inner, int _) && isRandom(inner, inputs));
    }

    private static boolean isTrue(Value value, Graph graph, Map<String, Tensor> inputs) {
        Optional<Tensor> known = Optional.ofNullable(graph.initializers().get(value))
                .or(() -> Optional.ofNullable(inputs.get(value.name())))
                .or(() -> graph.nodes().stream()
                        .filter(node -> node.operator().equals("Constant")
                                && node.outputs().equals(List.of(Optional.of(value))))
                        .findFirst()
                        .flatMap(node -> node.attributes().tensor("value")));
        return known.map(tensor -> tensor.segment().get(ValueLayout.JAVA_BYTE, 0) != 0)
                .orElse(false);
    }

    /** What is wrong with a random output that has the right datatype and shape: numbers that no operator draws. */
    static Optional<String> impossible(Graph graph, Value output, Tensor actual) {
        Optional<Node> maker = graph.nodes().stream()
                .filter(node -> node.output(0).equals(Optional.of(output)))
                .findFirst();
        if (!actual.dataType().isFloat() || actual.dataType().bytes() == 1) {
            return Optional.empty();
        }
        for (long i = 0; i < actual.shape().elements(); i++) {
            double value = Comparison.real(actual, i);
            boolean possible = Double.isFinite(value)
                    && maker.map(node -> isPossible(node, value)).orElse(true);
            if (!possible) {
                return Optional.of("element " + i + " is " + value + ", which is outside the distribution");
            }
        }
        return Optional.empty();
    }

    private static boolean isPossible(Node maker, double value) {
        return switch (maker.operator()) {
            case "RandomUniform", "RandomUniformLike" ->
                value >= maker.attributes().real("low", 0f)
                        && value <= maker.attributes().real("high", 1f);
            case "Bernoulli" -> value == 0 || value == 1;
            default -> true;
        };
    }
}
