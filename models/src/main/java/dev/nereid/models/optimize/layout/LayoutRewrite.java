package dev.nereid.models.optimize.layout;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The new graph while it is written: its nodes so far, and in which layouts each value of the old one is there. */
final class LayoutRewrite {
    /** An opset of which Transpose, Gather and what else is written here are all as they are today. */
    private static final int OPSET = 13;

    private final Graph graph;
    private final GraphTypes types;
    private final SegmentAllocator memory;
    private final boolean winograd;
    private final Set<Node> firstEnds;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Tensor> initializers;
    /** Values of the old graph that are there as they were. */
    private final Set<Value> made = new HashSet<>();
    /** Values of the old graph to the same with their channels last. */
    private final Map<Value, Value> last = new HashMap<>();

    LayoutRewrite(Graph graph, GraphTypes types, KernelSet kernels, SegmentAllocator memory, boolean winograd) {
        this.winograd = winograd;
        this.graph = graph;
        this.types = types;
        this.memory = memory;
        this.firstEnds = ChannelsFirstEnds.of(graph, types, kernels.convolution());
        this.initializers = new HashMap<>(graph.initializers());
        made.addAll(graph.inputs());
        made.addAll(graph.initializers().keySet());
    }

    /** What is known of a value that is a tensor of known rank. */
    Optional<TensorType> type(Value value) {
        return types.valueType(value) instanceof TensorType type && type.hasRank()
                ? Optional.of(type)
                : Optional.empty();
    }

    /** Whether convolutions may be rounded as Winograd's algorithm rounds them. */
    boolean allowsWinograd() {
        return winograd;
    }

    /** Whether a convolution gains nothing by having its channels last. */
    boolean staysFirst(Node node) {
        return firstEnds.contains(node)
                && node.inputs().stream().flatMap(Optional::stream).noneMatch(this::isLast);
    }

    /** The rank of a value; -1 where it is not known. */
    int rank(Value value) {
        return type(value).map(TensorType::rank).orElse(-1);
    }

    boolean isFloat(Value value) {
        return type(value).filter(type -> type.dataType() == DataType.FP32).isPresent();
    }

    Optional<Tensor> constant(Value value) {
        return Optional.ofNullable(graph.initializers().get(value));
    }

    /** Whether the value is an output of the graph. */
    boolean isOutput(Value value) {
        return graph.outputs().contains(value);
    }

    /** Whether the value is there with its channels last. */
    boolean isLast(Value value) {
        return last.containsKey(value);
    }

    /** Whether input {@code input} of the node is there with its channels last. */
    boolean isLast(Node node, int input) {
        return node.input(input).filter(this::isLast).isPresent();
    }

    /** The value with its channels last, which a transposition makes where it is not there. */
    Value toLast(Value value) {
        Value found = last.get(value);
        if (found != null) {
            return found;
        }
        Optional<Tensor> constant = constant(value);
        Value result = new Value(value.name() + " channels last");
        int rank = rank(value);
        if (constant.isPresent()) {
            initializers.put(result, LayoutConstants.toLast(constant.get(), rank, memory));
        } else {
            transpose(toFirst(value), result, ChannelsLastAxes.toLast(rank));
        }
        last.put(value, result);
        return result;
    }

    /** The value as it was, which a transposition makes where it is not there. */
    Value toFirst(Value value) {
        Value other = last.get(value);
        if (made.add(value) && other != null) {
            transpose(other, value, ChannelsLastAxes.toFirst(rank(value)));
        }
        return value;
    }

    /** A value of the old graph that so far is there with its channels last only is made; any other is left alone. */
    private void asItWas(Value value) {
        if (isLast(value)) {
            toFirst(value);
        }
    }

    private void transpose(Value from, Value to, int[] permutation) {
        add("Transpose", List.of(from), to, Map.of("perm", ints(permutation)));
    }

    static Attribute ints(int... numbers) {
        return new Attribute.Ints(Arrays.stream(numbers).asLongStream().boxed().toList());
    }

    /** A new value that stands for {@code value} with its channels last. */
    Value newLast(Value value) {
        Value result = new Value(value.name() + " channels last");
        last.put(value, result);
        return result;
    }

    /** Says that {@code other} is {@code value} with its channels last. */
    void putLast(Value value, Value other) {
        last.put(value, other);
    }

    /** A new constant. */
    Value constant(String name, Tensor tensor) {
        Value value = new Value(name);
        initializers.put(value, tensor);
        return value;
    }

    /** A new constant vector of integers. */
    Value integers(String name, long... numbers) {
        MemorySegment segment = memory.allocate(8L * Math.max(1, numbers.length), 64);
        MemorySegment.copy(numbers, 0, segment, ValueLayout.JAVA_LONG_UNALIGNED, 0, numbers.length);
        return constant(name, Tensor.of(DataType.INT64, Shape.of(numbers.length), segment));
    }

    SegmentAllocator memory() {
        return memory;
    }

    /** The inputs of a node, the first with its channels last; the list may be changed. */
    List<Optional<Value>> firstToLast(Node node) {
        List<Optional<Value>> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, node.input(0).map(this::toLast));
        return inputs;
    }

    /** Writes a node of the default domain. Values of the old graph among its inputs are there as they were afterwards. */
    void add(String operator, List<Value> inputs, Value output, Map<String, Attribute> attributes) {
        inputs.forEach(this::asItWas);
        nodes.add(Node.of(output.name(), "", operator, OPSET, inputs, List.of(output), new Attributes(attributes)));
        // A value of the old graph may be what is written.
        made.add(output);
    }

    /** Writes the node with these inputs, and with outputs that stand for its own with their channels last. */
    void addLast(Node node, List<Optional<Value>> inputs, Map<String, Attribute> attributes) {
        List<Optional<Value>> outputs =
                node.outputs().stream().map(output -> output.map(this::newLast)).toList();
        add(node, inputs, outputs, attributes);
    }

    /** Writes the node with these inputs and outputs; inputs as in the other way to write one. */
    void add(
            Node node, List<Optional<Value>> inputs, List<Optional<Value>> outputs, Map<String, Attribute> attributes) {
        inputs.forEach(input -> input.ifPresent(this::asItWas));
        nodes.add(node.with(inputs, outputs, new Attributes(attributes)));
        outputs.forEach(output -> output.ifPresent(made::add));
    }

    /** Writes the node as it was. */
    void keep(Node node) {
        node.inputs().forEach(input -> input.ifPresent(this::toFirst));
        nodes.add(node);
        node.outputs().forEach(output -> output.ifPresent(made::add));
    }

    Graph finish() {
        graph.outputs().forEach(this::toFirst);
        return graph.with(nodes, initializers);
    }
}
