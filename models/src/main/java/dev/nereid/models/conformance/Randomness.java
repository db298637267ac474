package dev.nereid.models.conformance;

import dev.nereid.models.ModelLoader;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a graph's outputs are random, so that expected numbers say nothing. Decided by its operators, and for
 * Dropout by whether it trains in this run.
 */
final class Randomness {
    /** Operators whose outputs hold the numbers of their first inputs, maybe as another datatype. */
    private static final Set<String> PASSING = Set.of("Cast", "CastLike", "Identity", "Reshape");

    private static final int TRAINING_MODE = 2;

    /**
     * The square of the distance of two distributions, times the elements of each, that equal ones exceed once in a
     * thousand million times.
     */
    private static final double LEAST_LIKELY = Math.log(2e9);

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
        if (node.operator().equals("Dropout")) {
            return node.input(TRAINING_MODE)
                    .filter(training -> isTrue(training, graph, inputs))
                    .isPresent();
        }
        boolean random = ModelLoader.operators()
                .find(node.domain(), node.operator(), node.opset())
                .filter(entry -> !entry.operator().deterministic())
                .isPresent();
        return random
                || node.attributes().map().values().stream()
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

    /**
     * What is wrong with a random output that has the right datatype and shape: numbers that no operator draws, or a
     * distribution that is far from that of the expected numbers.
     */
    static Optional<String> impossible(Graph graph, Value output, Tensor expected, Tensor actual) {
        DataType type = actual.dataType();
        boolean real = type.isFloat() && type.bytes() > 1;
        if (!real && !type.isInteger() && type != DataType.BOOL) {
            return Optional.empty();
        }
        Optional<Node> source = source(graph, output);
        double[] drawn = new double[Math.toIntExact(actual.shape().elements())];
        double[] wanted = new double[drawn.length];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = ScalarElements.real(actual, i);
            wanted[i] = ScalarElements.real(expected, i);
            boolean finite = Double.isFinite(drawn[i]) || !Double.isFinite(wanted[i]);
            if (!finite || !isPossible(source, drawn[i])) {
                return Optional.of("element " + i + " is " + drawn[i] + ", which is outside the distribution");
            }
        }
        double distance = distance(wanted, drawn);
        return distance > Math.sqrt(LEAST_LIKELY / Math.max(1, drawn.length))
                ? Optional.of("the distributions differ by " + distance)
                : Optional.empty();
    }

    /** The node that settles which numbers a value can hold: its maker, behind casts. */
    private static Optional<Node> source(Graph graph, Value value) {
        Optional<Node> maker = graph.nodes().stream()
                .filter(node -> node.output(0).equals(Optional.of(value)))
                .findFirst();
        boolean passes = maker.isPresent()
                && PASSING.contains(maker.get().operator())
                && maker.get().input(0).isPresent();
        return passes ? source(graph, maker.get().input(0).get()) : maker;
    }

    private static boolean isPossible(Optional<Node> source, double value) {
        if (source.isEmpty()) {
            return true;
        }
        Node maker = source.get();
        return switch (maker.operator()) {
            case "RandomUniform", "RandomUniformLike" ->
                value >= maker.attributes().real("low", 0f)
                        && value <= maker.attributes().real("high", 1f);
            case "Bernoulli", "Greater", "GreaterOrEqual", "Less", "LessOrEqual" -> value == 0 || value == 1;
            case "Multinomial" -> value >= 0;
            default -> true;
        };
    }

    /** The greatest distance of the two empirical distribution functions: the statistic of Kolmogorov and Smirnov. */
    private static double distance(double[] left, double[] right) {
        Arrays.sort(left);
        Arrays.sort(right);
        double greatest = 0;
        int i = 0;
        int j = 0;
        while (i < left.length && j < right.length) {
            double next = Math.min(left[i], right[j]);
            while (i < left.length && left[i] <= next) {
                i++;
            }
            while (j < right.length && right[j] <= next) {
                j++;
            }
            greatest = Math.max(greatest, Math.abs((double) i / left.length - (double) j / right.length));
        }
        return greatest;
    }
}
