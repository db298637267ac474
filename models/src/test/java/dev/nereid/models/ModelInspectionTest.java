package dev.nereid.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelInspection.OperatorUse;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelInspectionTest {
    @TempDir
    private Path folder;

    private static TensorProto weights(String name, int elements) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(elements)
                .setRawData(ByteString.copyFrom(new byte[4 * elements]))
                .build();
    }

    private static NodeProto.Builder node(String operator, String input, String output) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput(output);
        return input.isEmpty() ? node : node.addInput(input);
    }

    private static ValueInfoProto scalar(String name) {
        TypeProto.Tensor type = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                .setShape(dev.nereid.proto.onnx.TensorShapeProto.getDefaultInstance())
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }

    private Path write(GraphProto.Builder graph) throws IOException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph.addInput(scalar("x"))
                        .addOutput(ValueInfoProto.newBuilder().setName("y")))
                .build();
        return Files.write(folder.resolve("model.onnx"), model.toByteArray());
    }

    @Test
    void countsOperatorsAndWeightsInSubgraphsAndConstantsToo() throws IOException {
        AttributeProto.Builder value = AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(weights("", 5));
        AttributeProto.Builder branch = AttributeProto.newBuilder()
                .setName("then_branch")
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(GraphProto.newBuilder()
                        .addNode(node("NoSuchOperator", "x", "t"))
                        .addInitializer(weights("inner", 2))
                        .addOutput(ValueInfoProto.newBuilder().setName("t")));
        Path file = write(GraphProto.newBuilder()
                .addInitializer(weights("w", 3))
                .addNode(node("Constant", "", "c").addAttribute(value))
                .addNode(node("Identity", "x", "i"))
                .addNode(node("Identity", "i", "y"))
                .addNode(node("Custom", "x", "z").addAttribute(branch)));

        ModelInspection inspection = ModelInspection.of(file);

        assertThat(inspection.parameters()).isEqualTo(10);
        assertThat(inspection.weightBytes()).isEqualTo(40);
        assertThat(inspection.supported()).isFalse();
        assertThat(inspection.operators())
                .containsExactly(
                        new OperatorUse("", "Constant", 17, 1, true),
                        new OperatorUse("", "Custom", 17, 1, false),
                        new OperatorUse("", "Identity", 17, 2, true),
                        new OperatorUse("", "NoSuchOperator", 17, 1, false));
    }

    @Test
    void printsWhatItFound() throws IOException {
        Path file =
                write(GraphProto.newBuilder().addInitializer(weights("w", 1000)).addNode(node("Identity", "x", "y")));

        assertThat(InspectionText.lines(ModelInspection.of(file)))
                .contains(
                        "  ai.onnx 17",
                        "  x  FP32[]",
                        "  y  type not declared",
                        "operators (1 nodes)",
                        "      1  Identity",
                        "parameters  1,000",
                        "weights     3.9 KiB",
                        "Every operator is supported.");
    }

    @Test
    void namesInitializersThatRequestsMayReplace() throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder().addNode(node("Identity", "x", "y"));
        for (int i = 0; i < 10; i++) {
            TypeProto.Tensor type = TypeProto.Tensor.newBuilder()
                    .setElemType(TensorProto.DataType.FLOAT.getNumber())
                    .build();
            graph.addInitializer(weights("w" + i, 3))
                    .addInput(ValueInfoProto.newBuilder()
                            .setName("w" + i)
                            .setType(TypeProto.newBuilder().setTensorType(type)));
        }
        ModelInspection inspection = ModelInspection.of(write(graph));
        assertThat(inspection.inputs()).extracting(ModelInspection.Port::name).containsExactly("x");
        assertThat(inspection.defaults()).hasSize(10);
        assertThat(InspectionText.lines(inspection))
                .containsSequence("inputs with a default (optional: true)", "  w0  FP32[3]")
                .containsSequence("  w7  FP32[3]", "  and 2 more", "outputs");
    }
}
