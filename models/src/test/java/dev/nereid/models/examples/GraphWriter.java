package dev.nereid.models.examples;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.AttributeProto.AttributeType;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Builds one ONNX graph node by node. Dims are numbers, or names for those of any size. */
public final class GraphWriter {
    private static final int IR_VERSION = 10;
    private static final int OPSET = 21;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final List<OperatorSetIdProto> operatorSets = new ArrayList<>();

    public GraphWriter(String name) {
        graph.setName(name);
        operatorSet("", OPSET);
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

    public GraphWriter input(String name, DataType type, String... dims) {
        graph.addInput(value(name, type, dims));
        return this;
    }

    public GraphWriter output(String name, DataType type, String... dims) {
        graph.addOutput(value(name, type, dims));
        return this;
    }

    /** Adds FP32 numbers that are part of the model. */
    public GraphWriter constant(String name, List<Integer> dims, double... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(DataType.FLOAT.getNumber());
        dims.forEach(tensor::addDims);
        for (double value : values) {
            tensor.addFloatData((float) value);
        }
        graph.addInitializer(tensor);
        return this;
    }

    /** Adds a vector of INT64 numbers that is part of the model. */
    public GraphWriter integerConstant(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(DataType.INT64.getNumber());
        tensor.addDims(values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        graph.addInitializer(tensor);
        return this;
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

    public GraphWriter cast(String output, String input, DataType type) {
        return node("Cast", output, input).integer("to", type.getNumber());
    }

    public GraphWriter domain(String domain) {
        last().setDomain(domain);
        return this;
    }

    public GraphWriter integer(String name, long value) {
        return attribute(name, AttributeType.INT, attribute -> attribute.setI(value));
    }

    public GraphWriter string(String name, String value) {
        return attribute(name, AttributeType.STRING, attribute -> attribute.setS(ByteString.copyFromUtf8(value)));
    }

    public GraphWriter integers(String name, long... values) {
        return attribute(
                name, AttributeType.INTS, attribute -> LongStream.of(values).forEach(attribute::addInts));
    }

    public GraphWriter floats(String name, float... values) {
        return attribute(name, AttributeType.FLOATS, attribute -> {
            for (float value : values) {
                attribute.addFloats(value);
            }
        });
    }

    public GraphWriter strings(String name, String... values) {
        return attribute(
                name,
                AttributeType.STRINGS,
                attribute -> Stream.of(values).map(ByteString::copyFromUtf8).forEach(attribute::addStrings));
    }

    private GraphWriter attribute(String name, AttributeType type, Consumer<AttributeProto.Builder> value) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(type);
        value.accept(attribute);
        last().addAttribute(attribute);
        return this;
    }

    private NodeProto.Builder last() {
        return graph.getNodeBuilder(graph.getNodeCount() - 1);
    }

    public ModelProto model() {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("nereid-examples")
                .addAllOpsetImport(operatorSets)
                .setGraph(graph)
                .build();
    }

    private static ValueInfoProto value(String name, DataType type, String... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (String dim : dims) {
            if (Character.isDigit(dim.charAt(0))) {
                shape.addDimBuilder().setDimValue(Long.parseLong(dim));
            } else {
                shape.addDimBuilder().setDimParam(dim);
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
