package dev.nereid.models.onnx;

import com.google.protobuf.ByteString;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small ONNX messages, written as an exporter would. */
final class OnnxFiles {
    private OnnxFiles() {}

    static OperatorSetIdProto opset(String domain, int version) {
        return OperatorSetIdProto.newBuilder()
                .setDomain(domain)
                .setVersion(version)
                .build();
    }

    static ModelProto.Builder model(GraphProto graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(opset("", 17))
                .setGraph(graph);
    }

    static NodeProto node(String operator, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
        return NodeProto.newBuilder()
                .setName(operator.toLowerCase(java.util.Locale.ROOT) + "_" + String.join("_", outputs))
                .setOpType(operator)
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .addAllAttribute(List.of(attributes))
                .build();
    }

    static ValueInfoProto floats(String name, Object... dims) {
        return GraphWriter.value(name, TensorProto.DataType.FLOAT, dims);
    }

    static TensorProto.Builder initializer(String name, TensorProto.DataType type, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return tensor;
    }

    static TensorProto floatInitializer(String name, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return initializer(name, TensorProto.DataType.FLOAT, values.length)
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    static AttributeProto reference(String name, String callersAttribute) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setRefAttrName(callersAttribute)
                .build();
    }

    static FunctionProto.Builder function(String name, List<String> inputs, List<String> outputs, NodeProto... nodes) {
        return FunctionProto.newBuilder()
                .setDomain("local")
                .setName(name)
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .addAllNode(List.of(nodes))
                .addOpsetImport(opset("", 13))
                .addOpsetImport(opset("local", 1));
    }

    static NodeProto call(String function, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
        return node(function, inputs, outputs, attributes).toBuilder()
                .setDomain("local")
                .build();
    }

    static Path write(Path folder, ModelProto.Builder model) {
        try {
            return Files.write(folder.resolve("model.onnx"), model.build().toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
