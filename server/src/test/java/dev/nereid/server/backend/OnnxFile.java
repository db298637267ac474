package dev.nereid.server.backend;

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
import java.util.Arrays;
import java.util.List;

/**
 * Writes small ONNX models. A dim is a number, or -1 for one of any size, which is the same in the same place of all
 * tensors; or a smaller number for one of any size of its own.
 */
public final class OnnxFile {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
    private long irVersion = 10;

    /** The version of the format; 10 if nothing is said. */
    public OnnxFile irVersion(long version) {
        irVersion = version;
        return this;
    }

    public OnnxFile input(String name, DataType type, long... dims) {
        graph.addInput(value(name, type, dims));
        return this;
    }

    public OnnxFile output(String name, DataType type, long... dims) {
        graph.addOutput(value(name, type, dims));
        return this;
    }

    /** An input of which the file tells the datatype and not even how many dims it has. */
    public OnnxFile inputWithoutShape(String name, DataType type) {
        graph.addInput(withoutShape(name, type));
        return this;
    }

    /** An output of which the file tells the datatype alone. */
    public OnnxFile outputWithoutShape(String name, DataType type) {
        graph.addOutput(withoutShape(name, type));
        return this;
    }

    private static ValueInfoProto withoutShape(String name, DataType type) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.getNumber())))
                .build();
    }

    /** An output that is a sequence of tensors. */
    public OnnxFile sequenceOutput(String name, DataType element) {
        TypeProto tensor = TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(element.getNumber()))
                .build();
        graph.addOutput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(tensor))));
        return this;
    }

    public OnnxFile node(String operator, String output, String... inputs) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .setName("node_" + output)
                .addAllInput(List.of(inputs))
                .addOutput(output));
        return this;
    }

    /** A Loop of so many trips that replaces its state, FP32 of one dim, by the sigmoid of it each time. */
    public OnnxFile loop(String output, String trips, String state) {
        GraphProto.Builder body = GraphProto.newBuilder().setName("body");
        body.addInput(value("number", DataType.INT64));
        body.addInput(value("go", DataType.BOOL));
        body.addInput(value("before", DataType.FLOAT, -1));
        body.addNode(
                NodeProto.newBuilder().setOpType("Sigmoid").addInput("before").addOutput("after"));
        body.addOutput(value("go", DataType.BOOL));
        body.addOutput(value("after", DataType.FLOAT, -1));
        graph.addNode(NodeProto.newBuilder()
                .setOpType("Loop")
                .setName("node_" + output)
                .addInput(trips)
                .addInput("")
                .addInput(state)
                .addOutput(output)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("body")
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setG(body)));
        return this;
    }

    /** A constant of INT64: [values]. */
    public OnnxFile constant(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(DataType.INT64.getNumber())
                .addDims(values.length);
        Arrays.stream(values).forEach(tensor::addInt64Data);
        graph.addInitializer(tensor);
        return this;
    }

    /** A constant of FP32: [values]. */
    public OnnxFile constant(String name, float... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(DataType.FLOAT.getNumber())
                .addDims(values.length);
        for (float value : values) {
            tensor.addFloatData(value);
        }
        graph.addInitializer(tensor);
        return this;
    }

    /** A constant of FP32 without dims. */
    public OnnxFile scalar(String name, float value) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(DataType.FLOAT.getNumber())
                .addFloatData(value));
        return this;
    }

    /** Writes {@code model.onnx} into a folder. */
    public void write(Path folder) {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(irVersion)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
                .setGraph(graph)
                .build();
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve("model.onnx"), model.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SUM = A + B over FP32 [batch, width]. */
    public static OnnxFile addition(long width) {
        return new OnnxFile()
                .input("A", DataType.FLOAT, -1, width)
                .input("B", DataType.FLOAT, -1, width)
                .output("SUM", DataType.FLOAT, -1, width)
                .node("Add", "SUM", "A", "B");
    }

    private static ValueInfoProto value(String name, DataType type, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < dims.length; axis++) {
            TensorShapeProto.Dimension.Builder dim = shape.addDimBuilder();
            if (dims[axis] >= 0) {
                dim.setDimValue(dims[axis]);
            } else {
                dim.setDimParam(dims[axis] == -1 ? "dim" + axis : "own" + -dims[axis]);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
