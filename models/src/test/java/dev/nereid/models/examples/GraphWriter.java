package dev.nereid.models.examples;

import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/** Builds one ONNX graph node by node. Dims are as {@link #value} takes them. */
public final class GraphWriter {
    private static final int OPSET = 21;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final List<OperatorSetIdProto> operatorSets = new ArrayList<>();
    private long irVersion = 10;

    /** A graph without a name of its own. */
    public GraphWriter() {
        this("test");
    }

    public GraphWriter(String name) {
        graph.setName(name);
        operatorSet("", OPSET);
    }

    /** SUM = A + B over FP32 [batch, width]. */
    public static GraphWriter addition(long width) {
        return new GraphWriter()
                .input("A", DataType.FLOAT, -1, width)
                .input("B", DataType.FLOAT, -1, width)
                .output("SUM", DataType.FLOAT, -1, width)
                .node("Add", "SUM", "A", "B");
    }

    /** The version of the format; 10 if nothing is said. */
    public GraphWriter irVersion(long version) {
        irVersion = version;
        return this;
    }

    /** Adds the operators of a domain in one version; those of ONNX itself are there. */
    public GraphWriter operatorSet(String domain, long version) {
        OperatorSetIdProto.Builder set = OperatorSetIdProto.newBuilder().setVersion(version);
        if (!domain.isEmpty()) {
            set.setDomain(domain);
        }
        operatorSets.add(set.build());
        return this;
    }

    public GraphWriter input(String name, DataType type, Object... dims) {
        graph.addInput(value(name, type, dims));
        return this;
    }

    public GraphWriter output(String name, DataType type, Object... dims) {
        graph.addOutput(value(name, type, dims));
        return this;
    }

    /** Adds an input of which the file tells the datatype and not even how many dims it has. */
    public GraphWriter inputWithoutShape(String name, DataType type) {
        graph.addInput(value(name, TypeProto.newBuilder().setTensorType(element(type))));
        return this;
    }

    /** Adds an output of which the file tells the datatype alone. */
    public GraphWriter outputWithoutShape(String name, DataType type) {
        graph.addOutput(value(name, TypeProto.newBuilder().setTensorType(element(type))));
        return this;
    }

    /** Adds an output that is a sequence of tensors. */
    public GraphWriter sequenceOutput(String name, DataType type) {
        TypeProto.Builder tensor = TypeProto.newBuilder().setTensorType(element(type));
        graph.addOutput(value(
                name,
                TypeProto.newBuilder()
                        .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(tensor))));
        return this;
    }

    /** Adds a tensor that is part of the model. */
    public GraphWriter constant(TensorProto tensor) {
        graph.addInitializer(tensor);
        return this;
    }

    /** Adds FP32 numbers that are part of the model. */
    public GraphWriter constant(String name, List<Integer> dims, double... values) {
        TensorProto.Builder tensor = tensor(name, DataType.FLOAT);
        dims.forEach(tensor::addDims);
        DoubleStream.of(values).forEach(value -> tensor.addFloatData((float) value));
        return constant(tensor.build());
    }

    /** Adds a vector of FP32 numbers that is part of the model. */
    public GraphWriter constant(String name, float... values) {
        TensorProto.Builder tensor = tensor(name, DataType.FLOAT).addDims(values.length);
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return constant(tensor.build());
    }

    /** Adds a vector of INT64 numbers that is part of the model. */
    public GraphWriter constant(String name, long... values) {
        TensorProto.Builder tensor = tensor(name, DataType.INT64).addDims(values.length);
        LongStream.of(values).forEach(tensor::addInt64Data);
        return constant(tensor.build());
    }

    public GraphWriter node(String operator, String output, String... inputs) {
        return node(operator, List.of(output), inputs);
    }

    /** Adds a node named for its first output. Attributes that are set next are those of this node. */
    public GraphWriter node(String operator, List<String> outputs, String... inputs) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .setName(outputs.getFirst())
                .addAllInput(List.of(inputs))
                .addAllOutput(outputs));
        return this;
    }

    /** Adds a node as it is. */
    public GraphWriter node(NodeProto node) {
        graph.addNode(node);
        return this;
    }

    public GraphWriter cast(String output, String input, DataType type) {
        return node("Cast", output, input).integer("to", type.getNumber());
    }

    public GraphWriter domain(String domain) {
        last().setDomain(domain);
        return this;
    }

    public GraphWriter integer(String name, long value) {
        return attribute(ModelSketch.number(name, value));
    }

    public GraphWriter string(String name, String value) {
        return attribute(ModelSketch.text(name, value));
    }

    public GraphWriter integers(String name, long... values) {
        return attribute(ModelSketch.numbers(name, values));
    }

    public GraphWriter floats(String name, float... values) {
        return attribute(ModelSketch.floatList(name, values));
    }

    public GraphWriter strings(String name, String... values) {
        return attribute(ModelSketch.texts(name, List.of(values)));
    }

    /** Gives the node an attribute. */
    public GraphWriter attribute(AttributeProto attribute) {
        last().addAttribute(attribute);
        return this;
    }

    private NodeProto.Builder last() {
        return graph.getNodeBuilder(graph.getNodeCount() - 1);
    }

    public ModelProto model() {
        return ModelProto.newBuilder()
                .setIrVersion(irVersion)
                .setProducerName("nereid-examples")
                .addAllOpsetImport(operatorSets)
                .setGraph(graph)
                .build();
    }

    /** Writes {@code model.onnx} into a folder. */
    public void write(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve("model.onnx"), model().toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A tensor that a graph declares.
     *
     * @param dims numbers, also as texts, or names. -1 is one of any size that all tensors share that have it at this place;
     *     other negative numbers are sizes of their own
     */
    public static ValueInfoProto value(String name, DataType type, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < dims.length; axis++) {
            String dim = String.valueOf(dims[axis]);
            if (dim.matches("[0-9]+")) {
                shape.addDimBuilder().setDimValue(Long.parseLong(dim));
            } else if (dims[axis] instanceof Number) {
                shape.addDimBuilder().setDimParam(dim.equals("-1") ? "dim" + axis : "own" + dim.substring(1));
            } else {
                shape.addDimBuilder().setDimParam(dim);
            }
        }
        return value(name, TypeProto.newBuilder().setTensorType(element(type).setShape(shape)));
    }

    private static ValueInfoProto value(String name, TypeProto.Builder type) {
        return ValueInfoProto.newBuilder().setName(name).setType(type).build();
    }

    private static TypeProto.Tensor.Builder element(DataType type) {
        return TypeProto.Tensor.newBuilder().setElemType(type.getNumber());
    }

    private static TensorProto.Builder tensor(String name, DataType type) {
        return TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    }
}
