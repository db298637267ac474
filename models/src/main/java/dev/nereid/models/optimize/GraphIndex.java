package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Who makes and who reads each value of a graph: what passes match patterns with. */
public final class GraphIndex {
    private final Graph graph;
    private final Map<Value, Node> producers = new HashMap<>();
    private final Map<Value, List<Node>> consumers = new HashMap<>();
    private final Set<Value> outputs;
    /** The first reader that asks for more than the shape. */
    private final Map<Value, Node> readers = new HashMap<>();
    /** The values that have more than one such reader. */
    private final Set<Value> shared = new HashSet<>();

    public GraphIndex(Graph graph) {
        this.graph = graph;
        this.outputs = new HashSet<>(graph.outputs());
        for (Node node : graph.nodes()) {
            node.outputs().forEach(output -> output.ifPresent(value -> producers.put(value, node)));
            node.inputs()
                    .forEach(input -> input.ifPresent(value -> consumers
                            .computeIfAbsent(value, _ -> new ArrayList<>())
                            .add(node)));
            if (!is(node, "Shape")) {
                node.inputs().forEach(input -> input.ifPresent(value -> read(value, node)));
            }
        }
    }

    private void read(Value value, Node node) {
        if (readers.putIfAbsent(value, node) != null) {
            shared.add(value);
        }
    }

    public Optional<Node> producer(Value value) {
        return Optional.ofNullable(producers.get(value));
    }

    /** The node that makes the value, if it is this operator of the default domain. */
    public Optional<Node> producer(Value value, String operator) {
        return producer(value).filter(node -> is(node, operator));
    }

    /** The node that makes input {@code input} of a node, if it is this operator of the default domain. */
    public Optional<Node> producer(Node node, int input, String operator) {
        return node.input(input).flatMap(value -> producer(value, operator));
    }

    /** The nodes that read the value; one that reads it twice is there twice. */
    public List<Node> consumers(Value value) {
        return consumers.getOrDefault(value, List.of());
    }

    /**
     * The value's only reader, where it has just one and is no output of the graph. Nodes that ask for its shape alone
     * do not count: they mostly compute the shape of what is fused away, and {@link GraphRewrite} sees to the rest.
     */
    public Optional<Node> onlyConsumer(Value value) {
        return shared.contains(value) || outputs.contains(value)
                ? Optional.empty()
                : Optional.ofNullable(readers.get(value));
    }

    /** The value's only reader, if it is this operator of the default domain. */
    public Optional<Node> onlyConsumer(Value value, String operator) {
        return onlyConsumer(value).filter(node -> is(node, operator));
    }

    public boolean isOutput(Value value) {
        return outputs.contains(value);
    }

    public Optional<Tensor> constant(Value value) {
        return Optional.ofNullable(graph.initializers().get(value));
    }

    /** Whether a value is a constant float for each of so many columns. */
    public boolean isRow(Value value, long columns) {
        return constant(value)
                .filter(tensor -> tensor.dataType() == DataType.FP32
                        && tensor.shape().rank() <= 1
                        && tensor.shape().elements() == columns)
                .isPresent();
    }

    /** The number in a float constant of one element. */
    public Optional<Float> scalar(Value value) {
        return constant(value)
                .filter(tensor ->
                        tensor.dataType() == DataType.FP32 && tensor.shape().elements() == 1)
                .map(tensor -> tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
    }

    /** The number in a constant of one element of FP32, FP16 or BF16. */
    public Optional<Float> number(Value value) {
        return constant(value)
                .filter(tensor -> tensor.dataType() == DataType.FP32 || DataTypes.HALVES.contains(tensor.dataType()))
                .filter(tensor -> tensor.shape().elements() == 1)
                .map(tensor -> (float) RealNumbers.first(tensor));
    }

    /** The inputs of a commutative node: the constant scalar, and the index of the other input. */
    public Optional<ScalarOperand> scalarOperand(Node node) {
        return operand(node, this::scalar);
    }

    /** As {@link #scalarOperand}, of what {@link #number} reads. */
    public Optional<ScalarOperand> numberOperand(Node node) {
        return operand(node, this::number);
    }

    private static Optional<ScalarOperand> operand(Node node, Function<Value, Optional<Float>> read) {
        for (int i = 0; i < 2; i++) {
            Optional<Float> scalar = node.input(i).flatMap(read);
            if (scalar.isPresent()) {
                return Optional.of(
                        new ScalarOperand(scalar.get(), node.input(1 - i).orElseThrow()));
            }
        }
        return Optional.empty();
    }

    /** A binary node with one constant scalar. */
    public record ScalarOperand(float scalar, Value other) {}

    /** Whether a node is this operator of the default domain. */
    public static boolean is(Node node, String operator) {
        return node.domain().isEmpty() && node.operator().equals(operator);
    }
}
