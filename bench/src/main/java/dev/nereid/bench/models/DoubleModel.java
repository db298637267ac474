package dev.nereid.bench.models;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.AttributeProto.AttributeType;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A model with every float of 32 bits made one of 64: what a model of floats would give if it did not round. Its operators must
 * have kernels for doubles.
 */
public final class DoubleModel {
    private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
    private static final int DOUBLE = TensorProto.DataType.DOUBLE_VALUE;

    /** Operators some of whose inputs are floats of 32 bits in any case, from the second on. */
    private static final List<String> WITH_FLOATS = List.of("Resize", "Upsample");

    private DoubleModel() {}

    /** The model in doubles. */
    public static ModelProto of(ModelProto model) {
        return model.toBuilder().setGraph(graph(model.getGraph())).build();
    }

    private static GraphProto graph(GraphProto graph) {
        GraphProto.Builder doubles = graph.toBuilder()
                .clearInitializer()
                .clearNode()
                .clearInput()
                .clearOutput()
                .clearValueInfo();
        graph.getInitializerList().forEach(tensor -> doubles.addInitializer(tensor(tensor)));
        graph.getInputList().forEach(value -> doubles.addInput(value(value)));
        graph.getOutputList().forEach(value -> doubles.addOutput(value(value)));
        graph.getNodeList().forEach(node -> addNode(doubles, node));
        return doubles.build();
    }

    private static ValueInfoProto value(ValueInfoProto value) {
        TypeProto type = value.getType();
        if (!type.hasTensorType() || type.getTensorType().getElemType() != FLOAT) {
            return value;
        }
        ValueInfoProto.Builder doubles = value.toBuilder();
        doubles.getTypeBuilder().getTensorTypeBuilder().setElemType(DOUBLE);
        return doubles.build();
    }

    private static void addNode(GraphProto.Builder graph, NodeProto node) {
        NodeProto.Builder doubles = node.toBuilder().clearAttribute();
        if (WITH_FLOATS.contains(node.getOpType())) {
            for (int input = 1; input < Math.min(3, node.getInputCount()); input++) {
                if (!node.getInput(input).isEmpty()) {
                    String name = node.getInput(input) + "_as_floats_" + graph.getNodeCount();
                    graph.addNode(cast(node.getInput(input), name));
                    doubles.setInput(input, name);
                }
            }
        }
        for (AttributeProto attribute : node.getAttributeList()) {
            doubles.addAttribute(attribute(node, attribute));
        }
        if (node.getOpType().equals("ConstantOfShape") && node.getAttributeCount() == 0) {
            doubles.addAttribute(tensor("value", doubles(0)));
        }
        graph.addNode(doubles);
    }

    private static NodeProto cast(String input, String output) {
        return NodeProto.newBuilder()
                .setOpType("Cast")
                .addInput(input)
                .addOutput(output)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeType.INT)
                        .setI(FLOAT))
                .build();
    }

    private static AttributeProto attribute(NodeProto node, AttributeProto attribute) {
        boolean cast = node.getOpType().equals("Cast") && attribute.getName().equals("to");
        if (cast && attribute.getI() == FLOAT) {
            return attribute.toBuilder().setI(DOUBLE).build();
        }
        return switch (attribute.getName()) {
            case "value_float" -> tensor("value", doubles(attribute.getF()));
            case "value_floats" -> {
                double[] values = attribute.getFloatsList().stream()
                        .mapToDouble(Float::doubleValue)
                        .toArray();
                yield tensor(
                        "value",
                        doubles(values).toBuilder().addDims(values.length).build());
            }
            default ->
                switch (attribute.getType()) {
                    case TENSOR ->
                        attribute.toBuilder().setT(tensor(attribute.getT())).build();
                    case GRAPH ->
                        attribute.toBuilder().setG(graph(attribute.getG())).build();
                    default -> attribute;
                };
        };
    }

    private static AttributeProto tensor(String name, TensorProto tensor) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.TENSOR)
                .setT(tensor)
                .build();
    }

    private static TensorProto tensor(TensorProto tensor) {
        if (tensor.getDataType() != FLOAT) {
            return tensor;
        }
        double[] values;
        if (tensor.hasRawData()) {
            ByteBuffer floats = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            values = new double[floats.remaining() / Float.BYTES];
            for (int i = 0; i < values.length; i++) {
                values[i] = floats.getFloat();
            }
        } else {
            values = tensor.getFloatDataList().stream()
                    .mapToDouble(Float::doubleValue)
                    .toArray();
        }
        return doubles(values).toBuilder()
                .setName(tensor.getName())
                .addAllDims(tensor.getDimsList())
                .build();
    }

    private static TensorProto doubles(double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            bytes.putDouble(value);
        }
        return TensorProto.newBuilder()
                .setDataType(DOUBLE)
                .setRawData(ByteString.copyFrom(bytes.flip()))
                .build();
    }
}
