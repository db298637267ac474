package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which elementwise nodes become one kernel on a GPU, and that it makes no difference to what comes out. */
@Tag("cuda")
class ChainFusionTest {
    private final EmulatedCuda cuda =
            EmulatedCuda.find("chains on a GPU").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    private final SlabPool pool = new SlabPool(1 << 20);

    @AfterEach
    void close() {
        pool.close();
        assertThat(cuda.used(0)).isZero();
    }

    /** Runs the graph on both, for stacks of several sizes; how many nodes have no kernel of their own. */
    private int joined(GraphProto graph) {
        try (LoadedModel onCpu = ModelSketch.load(graph, LoadOptions.UNOPTIMIZED, pool);
                LoadedModel onGpu = ModelSketch.load(
                        graph,
                        LoadOptions.UNOPTIMIZED,
                        pool,
                        cuda.devices().all().getFirst())) {
            for (int n : new int[] {3, 1, 40}) {
                Tensor x = stack(n);
                List<float[]> expected = outputs(onCpu, x);
                List<float[]> actual = outputs(onGpu, x);
                for (int output = 0; output < expected.size(); output++) {
                    assertThat(actual.get(output)).containsExactly(expected.get(output), Offset.offset(1e-6f));
                }
            }
            PlacementReport report = onGpu.placement().orElseThrow();
            assertThat(report.fallenBack()).isEmpty();
            assertThat(report.regions()).isEqualTo(1);
            return report.joined();
        }
    }

    private static List<float[]> outputs(LoadedModel model, Tensor x) {
        try (RunResult result = model.run(List.of(x), Workers.single())) {
            return result.outputs().stream()
                    .map(output -> output.segment().toArray(ValueLayout.JAVA_FLOAT))
                    .toList();
        }
    }

    /** x: [n, 2, 4]. */
    private static Tensor stack(int n) {
        float[] values = new float[n * 8];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 7 % 11) * 0.3f - 1.5f;
        }
        return Tensor.of(DataType.FP32, Shape.of(n, 2, 4), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    @Test
    void joinsAChainAndWhatIsReadTwiceWithin() {
        assertThat(joined(graph(
                        "x:f[n,2,4]",
                        "y:f[n,2,4]",
                        node("a = Add(x, x)"),
                        node("s = Sigmoid(a)"),
                        node("g = Mul(a, s)"),
                        node("y = Tanh(g)"))))
                .isEqualTo(3);
    }

    @Test
    void readsRowsColumnsAndSingleNumbersInPlace() {
        assertThat(joined(graph(
                        "x:f[n,2,4]",
                        "y:f[n,2,4]",
                        floats("row", 1, 2, 3, 4),
                        floats("one", 0.5f),
                        node("a = Mul(x, row)"),
                        longs("axes", 2),
                        node("m = ReduceMax(x, axes)"),
                        node("b = Sub(a, m)"),
                        node("c = Div(b, one)"),
                        node("y = Erf(c)"))))
                .isEqualTo(3);
    }

    @Test
    void keepsWhatSomebodyElseReads() {
        assertThat(joined(graph(
                        "x:f[n,2,4]",
                        "y:f[n,2,4] z:f[n,2,4] w:f[n,4,2] q:f[n,2,4]",
                        node("y = Abs(x)"),
                        node("z = Sqrt(y)"),
                        node("e = Exp(x)"),
                        node("t = Transpose(e)", numbers("perm", 0L, 2L, 1L)),
                        node("u = Neg(e)"),
                        node("w = Relu(t)"),
                        node("q = Neg(u)"))))
                .isEqualTo(1);
    }

    @Test
    void joinsNothingOfAnotherShape() {
        assertThat(joined(graph(
                        "x:f[n,2,4]",
                        "y:f[n,2,4]",
                        longs("axes", 1),
                        node("s = ReduceSum(x, axes)"),
                        node("h = Tanh(s)"),
                        node("y = Mul(x, h)"))))
                .isZero();
    }

    @Test
    void choosesByWhatItCompares() {
        assertThat(joined(graph(
                        "x:f[n,2,4]",
                        "y:f[n,2,4]",
                        floats("limit", 0.25f),
                        node("c = Less(x, limit)"),
                        node("r = Neg(x)"),
                        node("y = Where(c, r, x)"))))
                .isEqualTo(2);
    }
}
