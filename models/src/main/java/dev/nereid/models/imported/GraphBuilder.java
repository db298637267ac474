package dev.nereid.models.imported;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes a graph of ONNX operators node by node, and knows the type of every value as soon as it is made: what a foreign
 * operator becomes depends on datatypes and ranks. Used by one thread.
 *
 * <p>A {@linkplain #nested nested} builder writes a graph inside a node: a branch, or the body of a loop. It sees the
 * values around it; constants belong to the outermost graph.
 */
public class GraphBuilder {
    /** The operator set that nodes are written for. */
    public static final int OPSET = 26;

    private static final int MAXIMUM_NODES = 1_000_000;

    private final Shared shared;
    private final List<Value> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();

    /** What nested builders have in common. */
    private static final class Shared {
        private final GraphTypes types;
        private final ImportMemory memory;
        private final Map<Value, Tensor> initializers = new HashMap<>();
        private final Map<List<Long>, Value> integerLists = new HashMap<>();
        private String scope = "";
        private int names;

        private Shared(GraphTypes types, ImportMemory memory) {
            this.types = types;
            this.memory = memory;
        }
    }

    /**
     * A builder of a model's graph.
     *
     * @param memory where constants are put; outlives the graph
     */
    public GraphBuilder(OperatorSet operators, ImportMemory memory) {
        this(new Shared(GraphTypes.ofGrowingGraph(operators), memory));
    }

    private GraphBuilder(Shared shared) {
        this.shared = shared;
    }

    /** A builder of a graph inside another, which a node of that one will hold. */
    protected GraphBuilder(GraphBuilder outer) {
        this(outer.shared);
    }

    /** A builder of a graph inside this one, which a node will hold. */
    public GraphBuilder nested() {
        return new GraphBuilder(this);
    }

    /** Where tensors that this graph needs are put. */
    public ImportMemory memory() {
        return shared.memory;
    }

    /** Names nodes that come from now on after a place in the model's code, for messages. */
    public void scope(String name) {
        shared.scope = name;
    }

    /** An input of the graph. */
    public Value input(String name, TensorType type) {
        Value value = new Value(name);
        inputs.add(value);
        shared.types.declare(value, type);
        return value;
    }

    /** A constant. Its memory lives until the plan is built. */
    public Value constant(String name, Tensor tensor) {
        Value value = new Value(name);
        shared.initializers.put(value, tensor);
        shared.types.addConstant(value, tensor);
        return value;
    }

    /** A constant list of integers: INT64 of shape [n]. */
    public Value integers(long... elements) {
        return shared.integerLists.computeIfAbsent(
                Arrays.stream(elements).boxed().toList(), _ -> {
                    MemorySegment memory = shared.memory.allocate((long) elements.length * Long.BYTES);
                    MemorySegment.copy(elements, 0, memory, ValueLayout.JAVA_LONG, 0, elements.length);
                    return constant(fresh("integers"), Tensor.of(DataType.INT64, Shape.of(elements.length), memory));
                });
    }

    /** A constant of shape [] and a type of numbers or truth values; the number is rounded to the type. */
    public Value scalar(double number, DataType type) {
        return scalarOf(number, (long) number, type);
    }

    /** As {@link #scalar(double, DataType)}, of an integer, which FP64 may not hold. */
    public Value scalar(long number, DataType type) {
        return scalarOf((double) number, number, type);
    }

    private Value scalarOf(double real, long integer, DataType type) {
        MemorySegment memory = shared.memory.allocate(Math.max(type.bytes(), 1));
        switch (type) {
            case FP64 -> memory.set(ValueLayout.JAVA_DOUBLE, 0, real);
            case FP32 -> memory.set(ValueLayout.JAVA_FLOAT, 0, (float) real);
            case FP16 -> memory.set(ValueLayout.JAVA_SHORT, 0, Float.floatToFloat16((float) real));
            case BOOL -> memory.set(ValueLayout.JAVA_BYTE, 0, (byte) (real != 0 ? 1 : 0));
            case INT8, UINT8 -> memory.set(ValueLayout.JAVA_BYTE, 0, (byte) integer);
            case INT16, UINT16 -> memory.set(ValueLayout.JAVA_SHORT, 0, (short) integer);
            case INT32, UINT32 -> memory.set(ValueLayout.JAVA_INT, 0, (int) integer);
            case INT64, UINT64 -> memory.set(ValueLayout.JAVA_LONG, 0, integer);
            default -> {
                return cast(scalar(real, DataType.FP32), type);
            }
        }
        return constant(fresh("scalar"), Tensor.of(type, Shape.of(), memory));
    }

    /** A constant of any shape, zeroed; the caller fills it before the next call. */
    public Tensor newTensor(DataType type, Shape shape) {
        return Tensor.of(type, shape, shared.memory.allocate(shape.elements() * type.bytes()));
    }

    /** A node with one output and no input left out. */
    public Value node(String operator, Attributes attributes, Value... nodeInputs) {
        return nodes(
                        "",
                        operator,
                        1,
                        attributes,
                        Stream.of(nodeInputs).map(Optional::of).toList())
                .getFirst();
    }

    /** A node with one output and no attributes. */
    public Value node(String operator, Value... nodeInputs) {
        return node(operator, Attributes.NONE, nodeInputs);
    }

    /**
     * A node of any operator.
     *
     * @param domain empty for ONNX's own
     * @param outputs how many of its outputs are wanted, the first ones
     * @param nodeInputs an absent one is left out
     */
    public List<Value> nodes(
            String domain, String operator, int outputs, Attributes attributes, List<Optional<Value>> nodeInputs) {
        List<Value> made = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            made.add(new Value(fresh(operator)));
        }
        add(domain, operator, made, attributes, nodeInputs);
        return List.copyOf(made);
    }

    /** A value as an output of the model under a name of its own. */
    public Value output(String name, Value value) {
        Value output = new Value(name);
        add("", "Identity", List.of(output), Attributes.NONE, List.of(Optional.of(value)));
        return output;
    }

    private void add(
            String domain, String operator, List<Value> made, Attributes attributes, List<Optional<Value>> nodeInputs) {
        if (nodes.size() >= MAXIMUM_NODES) {
            throw new ModelFormatException("the model has more than " + MAXIMUM_NODES + " operators");
        }
        Node node = Closures.close(new Node(
                shared.scope,
                domain,
                operator,
                domain.isEmpty() ? OPSET : 1,
                nodeInputs,
                made.stream().map(Optional::of).toList(),
                attributes));
        shared.types.add(node);
        nodes.add(node);
    }

    /** The type of a value of this graph or one around it. */
    public TensorType type(Value value) {
        return shared.types.type(value);
    }

    public DataType dataType(Value value) {
        return type(value).dataType();
    }

    /**
     * The rank of a value.
     *
     * @throws ModelFormatException if it is not known
     */
    public int rank(Value value) {
        TensorType type = type(value);
        if (!type.hasRank()) {
            throw new ModelFormatException("the number of dims of '" + value.name() + "' is not known");
        }
        return type.rank();
    }

    /** A dim of a value; negative axes count from the end. The rank must be known. */
    public Dim dim(Value value, int axis) {
        rank(value);
        return type(value).dim(axis);
    }

    /** The tensor of a constant. */
    public Optional<Tensor> constant(Value value) {
        return shared.types.constant(value);
    }

    /** What a small value of integers holds, as numbers or formulas of dims. */
    public Optional<List<Dim>> content(Value value) {
        return shared.types.content(value);
    }

    /** The value in another datatype; itself where it has that already. */
    public Value cast(Value value, DataType to) {
        return dataType(value) == to ? value : node("Cast", OnnxAttributes.integer("to", OnnxTypes.number(to)), value);
    }

    /**
     * The finished graph of a nested builder, as an attribute of a node.
     *
     * @param outputs values of this builder or of those around it
     */
    public Attribute subgraph(List<Value> outputs) {
        return new Attribute.Subgraph(new Graph("", inputs, outputs, nodes, Map.of(), types(outputs)), 0);
    }

    /** The finished graph of the outermost builder. */
    public Graph graph(String name, List<Value> outputs) {
        return new Graph(name, inputs, outputs, nodes, shared.initializers, types(outputs));
    }

    private Map<Value, ValueType> types(List<Value> outputs) {
        Map<Value, ValueType> declared = new HashMap<>();
        for (Value input : inputs) {
            declared.put(input, shared.types.valueType(input));
        }
        for (Value output : outputs) {
            declared.put(output, shared.types.valueType(output));
        }
        return declared;
    }

    private String fresh(String what) {
        return what + "_" + shared.names++;
    }
}
