package dev.nereid.bench.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.nereid.bench.models.Attributes;
import dev.nereid.models.LoadOptions;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RulesTest {
    private static long[] dims(String text) {
        return text.isEmpty()
                ? new long[0]
                : java.util.Arrays.stream(text.split("x"))
                        .mapToLong(Long::parseLong)
                        .toArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2x3x4",
                "4",
                "1",
                "",
                "3x1",
                "1x1x1",
                "2x1x1",
                "1x2x3x4",
                "5x2x3x4",
                "5x1x1x4",
                "2x1x1x1",
                "7x1x2x1x4"
            })
    void slopesAndInputsBroadcast(String slope) {
        NodeCase.of("PRelu", 16)
                .input(Data.floats(1, 2, 3, 4))
                .input(Data.floats(2, dims(slope)))
                .constants(1)
                .agrees(1e-6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2x3", "1x3", "1x1", "3"})
    void inputsBroadcastToSlopes(String x) {
        NodeCase.of("PRelu", 16)
                .input(Data.floats(1, dims(x)))
                .input(Data.floats(2, 2, 3))
                .constants(1)
                .agrees(1e-6);
    }

    @Test
    void slopesThatDoNotBroadcastAreRefused() {
        NodeCase.of("PRelu", 16)
                .input(Data.floats(1, 2, 3, 4))
                .input(Data.floats(2, 2, 4))
                .isRefused("PRelu", "broadcast");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "1x4", "1x1x4", "1", "1x1x1", "2x1x4", "1x3x4", "2x3x4", "3x4", "2x1x1", "3x1"})
    void scalesBroadcast(String scale) {
        NodeCase.of("LayerNormalization", 17)
                .with(Attributes.NONE.with("axis", -1))
                .input(Data.floats(1, 2, 3, 4))
                .input(Data.floats(2, dims(scale)))
                .constants(1)
                .agrees(1e-5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3x4", "1x4", "4", "1", "1x3x4", "1x1x1", "2x3x4", "2x1x4", "2x1x1", "3x1"})
    void scalesAndBiasesBroadcast(String scale) {
        for (int axis : new int[] {-1, 1, 0}) {
            NodeCase.of("LayerNormalization", 17)
                    .with(Attributes.NONE.with("axis", axis))
                    .input(Data.floats(1, 2, 3, 4))
                    .input(Data.floats(2, dims(scale)))
                    .input(Data.floats(3, dims(scale)))
                    .constants(2)
                    .agrees(1e-5);
        }
    }

    @Test
    void scaleForEachRowOfASquareIsNotOneForEachColumn() {
        NodeCase.of("LayerNormalization", 17)
                .input(Data.floats(1, 4, 4))
                .input(Data.floats(2, 4, 1))
                .agrees(1e-5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "2x4", "4x1", "12", "1x1x1x4", "2x2"})
    void scalesThatDoNotBroadcastAreRefused(String scale) {
        NodeCase.of("LayerNormalization", 17)
                .input(Data.floats(1, 2, 3, 4))
                .input(Data.floats(2, dims(scale)))
                .isRefused("LayerNormalization", "broadcast", scale.replace('x', ','));
    }

    @Test
    void oneElementIsANumberWhereAnInputHasNoDims() throws OrtException {
        TypeProto.Tensor.Builder scalar =
                TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber());
        scalar.getShapeBuilder();
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(GraphProto.newBuilder()
                        .setName("scalar")
                        .addInput(ValueInfoProto.newBuilder()
                                .setName("a")
                                .setType(TypeProto.newBuilder().setTensorType(scalar)))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Neg")
                                .addInput("a")
                                .addOutput("y"))
                        .addOutput(ValueInfoProto.newBuilder().setName("y")))
                .build();
        for (long[] dims : List.of(new long[0], new long[] {1}, new long[] {1, 1})) {
            List<Tensor> given = List.of(Data.floats(1, dims));
            Outcome expected = Runtimes.onnxRuntime(model, given).getFirst();
            Outcome ours = Runtimes.nereid(model, LoadOptions.DEFAULT, given).getFirst();
            assertThat(ours.values()).isEqualTo(expected.values());
            assertThat(ours.dims()).isEmpty();
        }
        List<Tensor> three = List.of(Data.floats(1, 3));
        assertThatThrownBy(() -> Runtimes.nereid(model, LoadOptions.DEFAULT, three))
                .hasMessageContaining("input 'a': expected shape [], got [3]");
    }
}
