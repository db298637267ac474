package dev.nereid.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelInspection.OperatorUse;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelInspectionTest {
    @TempDir
    private Path folder;

    private static GraphWriter graph() {
        return new GraphWriter().input("x", DataType.FLOAT);
    }

    private Path write(GraphWriter graph) throws IOException {
        ModelProto.Builder model = graph.model().toBuilder();
        model.getGraphBuilder().addOutputBuilder().setName("y");
        return Files.write(folder.resolve("model.onnx"), model.build().toByteArray());
    }

    @Test
    void countsOperatorsAndWeightsInSubgraphsAndConstantsToo() throws IOException {
        GraphProto branch = new GraphWriter()
                .node("NoSuchOperator", "t", "x")
                .constant("inner", 1f, 2f)
                .output("t", DataType.FLOAT)
                .model()
                .getGraph();
        Path file = write(graph().constant("w", 1f, 2f, 3f)
                .node(ModelSketch.floats("c", 1, 2, 3, 4, 5))
                .node("Identity", "i", "x")
                .node("Identity", "y", "i")
                .node("Custom", "z", "x")
                .attribute(ModelSketch.body("then_branch", branch)));

        ModelInspection inspection = ModelInspection.of(file);

        assertThat(inspection.parameters()).isEqualTo(10);
        assertThat(inspection.weightBytes()).isEqualTo(40);
        assertThat(inspection.supported()).isFalse();
        assertThat(inspection.operators())
                .containsExactly(
                        new OperatorUse("", "Constant", 21, 1, true),
                        new OperatorUse("", "Custom", 21, 1, false),
                        new OperatorUse("", "Identity", 21, 2, true),
                        new OperatorUse("", "NoSuchOperator", 21, 1, false));
    }

    @Test
    void printsWhatItFound() throws IOException {
        Path file = write(graph().constant("w", new float[1000]).node("Identity", "y", "x"));

        assertThat(InspectionText.lines(ModelInspection.of(file)))
                .contains(
                        "  ai.onnx 21",
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
        GraphWriter graph = graph().node("Identity", "y", "x");
        for (int i = 0; i < 10; i++) {
            graph.constant("w" + i, 1f, 2f, 3f).inputWithoutShape("w" + i, DataType.FLOAT);
        }
        ModelInspection inspection = ModelInspection.of(write(graph));
        assertThat(inspection.inputs()).extracting(ModelInspection.Port::name).containsExactly("x");
        assertThat(inspection.defaults()).hasSize(10);
        assertThat(InspectionText.lines(inspection))
                .containsSequence("inputs with a default (optional: true)", "  w0  FP32[3]")
                .containsSequence("  w7  FP32[3]", "  and 2 more", "outputs");
    }
}
