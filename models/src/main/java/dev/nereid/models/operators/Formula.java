package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Collects the nodes of a {@link FunctionOperator}'s formula. Not thread-safe. */
public final class Formula {
    /** The version of ONNX in which formulas are written. */
    private static final int OPSET = 21;

    private static final String MICROSOFT = "com.microsoft";

    private final Node node;
    private final List<Node> nodes = new ArrayList<>();

    /** The formula of a node's outputs. */
    public Formula(Node node) {
        this.node = node;
    }

    /** An input that must be there. */
    public Value input(int index) {
        return node.input(index)
                .orElseThrow(() -> new ModelFormatException(node.describe() + ": input " + index + " is missing"));
    }

    public boolean has(int input) {
        return node.input(input).isPresent();
    }

    /** Whether the output is there. */
    public boolean wants(int output) {
        return node.output(output).isPresent();
    }

    /** A node of ONNX's with one output. */
    public Value add(String operator, Map<String, Attribute> attributes, Value... inputs) {
        return add(operator, attributes, 1, inputs).getFirst();
    }

    /** A node of another version of ONNX. */
    public Value add(int opset, String operator, Map<String, Attribute> attributes, Value... inputs) {
        List<Optional<Value>> given = Arrays.stream(inputs).map(Optional::of).toList();
        return add("", opset, operator, attributes, given, 1).getFirst();
    }

    /** A node of ONNX's without attributes and with one output. */
    public Value add(String operator, Value... inputs) {
        return add(operator, Map.of(), inputs);
    }

    /** A node of ONNX's with several outputs. */
    public List<Value> add(String operator, Map<String, Attribute> attributes, int outputs, Value... inputs) {
        return add(
                "",
                OPSET,
                operator,
                attributes,
                Arrays.stream(inputs).map(Optional::of).toList(),
                outputs);
    }

    /** A node of ONNX's some of whose inputs may be left out. */
    public List<Value> add(
            String operator, Map<String, Attribute> attributes, List<Optional<Value>> inputs, int outputs) {
        return add("", OPSET, operator, attributes, inputs, outputs);
    }

    /** A node of the domain com.microsoft. */
    public List<Value> microsoft(
            String operator, Map<String, Attribute> attributes, List<Optional<Value>> inputs, int outputs) {
        return add(MICROSOFT, 1, operator, attributes, inputs, outputs);
    }

    private List<Value> add(
            String domain,
            int opset,
            String operator,
            Map<String, Attribute> attributes,
            List<Optional<Value>> inputs,
            int outputs) {
        List<Value> made = IntStream.range(0, outputs)
                .mapToObj(i -> new Value(label() + "/" + operator + nodes.size() + (outputs > 1 ? "." + i : "")))
                .toList();
        nodes.add(new Node(
                node.name(),
                domain,
                operator,
                opset,
                inputs,
                made.stream().map(Optional::of).toList(),
                new Attributes(attributes)));
        return made;
    }

    private String label() {
        return node.name().isEmpty() ? node.operator() : node.name();
    }

    /** A vector of INT64. */
    public Value integers(long... values) {
        return add("Constant", Map.of("value_ints", list(values)));
    }

    /** A number of INT64, of rank 0. */
    public Value integer(long value) {
        return add("Constant", Map.of("value_int", new Attribute.Int(value)));
    }

    /** A number of FP32, of rank 0. */
    public Value real(float value) {
        return add("Constant", Map.of("value_float", new Attribute.Real(value)));
    }

    /** The value in another datatype. */
    public Value cast(Value value, DataType type) {
        return add("Cast", Map.of("to", new Attribute.Int(OnnxTypes.number(type))), value);
    }

    /** Makes a value an output of the node, if that is there. */
    public void give(int output, Value value) {
        node.output(output)
                .ifPresent(made -> nodes.add(
                        Node.of(node.name(), "", "Identity", OPSET, List.of(value), List.of(made), Attributes.NONE)));
    }

    /** The nodes so far, in order. */
    public List<Node> nodes() {
        return List.copyOf(nodes);
    }

    public static Attribute list(long... values) {
        return new Attribute.Ints(Arrays.stream(values).boxed().toList());
    }
}
