package dev.nereid.models.examples;

import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.util.List;

/** Builds one ONNX graph node by node. Dims are numbers, or names for those of any size. */
final class GraphWriter {
    private static final int IR_VERSION = 10;
    private static final int OPSET = 21;

    private final GraphProto.Builder graph = GraphProto.newBuilder();

    GraphWriter(String name) {
        graph.setName(name);
    }

    GraphWriter input(String name, TensorProto.DataType type, String... dims) {
        graph.addInput(value(name, type, dims));
        return this;
    }

    GraphWriter output(String name, TensorProto.DataType type, String... dims) {
        graph.addOutput(value(name, type, dims));
        return this;
    }

    GraphWriter node(String operator, String output, String... inputs) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addAllInput(List.of(inputs))
                .addOutput(output));
        return this;
    }

    GraphWriter cast(String output, String input, TensorProto.DataType type) {
        node("Cast", output, input);
        graph.getNodeBuilder(graph.getNodeCount() - 1)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(type.getNumber()));
        return this;
    }

    ModelProto model() {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("nereid-examples")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, String... dims) {
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
