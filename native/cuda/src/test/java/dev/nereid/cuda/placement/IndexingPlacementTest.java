package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs that scatter, gather by vectors and look for extremes are wholly on the GPU, and give the CPU's bits. */
@Tag("cuda")
class IndexingPlacementTest {
    @AutoClose
    private final OnBoth both = OnBoth.open("graphs with indices on a GPU");

    private static Tensor floats(int... dims) {
        Random random = new Random(dims[0]);
        int count = IntStream.of(dims).reduce(1, Math::multiplyExact);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(
                DataType.FP32,
                Shape.of(IntStream.of(dims).asLongStream().toArray()),
                Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    /** Indices from -extent to extent - 1. */
    private static Tensor indices(int extent, int... dims) {
        Random random = new Random(extent);
        int count = IntStream.of(dims).reduce(1, Math::multiplyExact);
        long[] values = random.longs(count, -extent, extent).toArray();
        return Tensor.of(
                DataType.INT64,
                Shape.of(IntStream.of(dims).asLongStream().toArray()),
                Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }

    private void checkOnGpu(GraphProto graph, List<List<Tensor>> runs) {
        PlacementReport report = both.check(graph, runs);
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "add", "mul", "min", "max"})
    void scattersOnTheGpuWithEveryReduction(String reduction) {
        checkOnGpu(
                graph(
                        "x:f[n,5] e:i[m,5] u:f[m,5] v:i[k,1] w:f[k,5]",
                        "y:f[n,5] z:f[n,5]",
                        node("s = ScatterElements(x, e, u)", number("axis", 0), text("reduction", reduction)),
                        node("y = Relu(s)"),
                        node("t = ScatterND(x, v, w)", text("reduction", reduction)),
                        node("z = Neg(t)")),
                List.of(
                        List.of(floats(4, 5), indices(4, 9, 5), floats(9, 5), indices(4, 11, 1), floats(11, 5)),
                        List.of(floats(3, 5), indices(3, 1, 5), floats(1, 5), indices(3, 2, 1), floats(2, 5))));
    }

    @Test
    void gathersByVectorsWithBatchDims() {
        checkOnGpu(
                graph(
                        "x:f[n,4,3,2] v:i[n,7,2]",
                        "y:f[n,7,2]",
                        node("g = GatherND(x, v)", number("batch_dims", 1)),
                        node("y = Relu(g)")),
                List.of(
                        List.of(floats(2, 4, 3, 2), indices(3, 2, 7, 2)),
                        List.of(floats(1, 4, 3, 2), indices(3, 1, 7, 2))));
    }

    @Test
    void findsExtremesWithEveryAttribute() {
        checkOnGpu(
                graph(
                        "x:f[n,5,3]",
                        "a:i[1,5,3] b:i[n,3] c:i[n,5] d:i[n,5]",
                        node("r = Round(x)"),
                        node("a = ArgMax(r)"),
                        node("b = ArgMin(r)", number("axis", 1), number("keepdims", 0)),
                        node(
                                "c = ArgMax(r)",
                                number("axis", -1),
                                number("keepdims", 0),
                                number("select_last_index", 1)),
                        node(
                                "d = ArgMin(r)",
                                number("axis", -1),
                                number("keepdims", 0),
                                number("select_last_index", 1))),
                List.of(List.of(floats(4, 5, 3)), List.of(floats(1, 5, 3))));
    }

    @Test
    void failsWhereAnIndexIsOutside() {
        for (String step : List.of("s = GatherND(x, v)", "s = ScatterND(x, v, x)")) {
            try (LoadedModel model = both.onGpu(graph("x:f[3] v:i[3,1]", "y:f[3]", node(step), node("y = Relu(s)")))) {
                assertThat(model.placement().orElseThrow().fallenBack()).isEmpty();
                Tensor outside = Tensor.of(
                        DataType.INT64, Shape.of(3, 1), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, 0, 1, 3));
                assertThatThrownBy(() -> model.run(List.of(floats(3), outside), Workers.single())
                                .close())
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("outside");
                model.run(List.of(floats(3), indices(3, 3, 1)), Workers.single())
                        .close();
            }
        }
    }
}
