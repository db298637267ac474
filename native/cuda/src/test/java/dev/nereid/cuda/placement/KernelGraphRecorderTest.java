package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kernels that are recorded when shapes come again, and then started by one call. */
@Tag("cuda")
class KernelGraphRecorderTest {
    /** Three kernels: a chain of three nodes, one that adds along an axis, and a last one. */
    private static final GraphProto CHAIN = graph(
            "x:f[n,4]",
            "y:f[n,4]",
            node("r = Relu(x)"),
            node("s = Mul(r, x)"),
            node("a = Add(s, r)"),
            node("m = Softmax(a)"),
            node("y = Sub(m, x)"));

    private static final int KERNELS = 3;

    private final EmulatedCuda cuda =
            EmulatedCuda.find("recording kernels").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    private final SlabPool pool = new SlabPool(1 << 20);
    private int launches;
    private int replays;

    @AfterEach
    void leavesNothing() {
        cuda.refuseGraphs(false);
        pool.close();
        assertThat(cuda.graphs()).isZero();
        assertThat(cuda.used(0)).isZero();
    }

    private LoadedModel onGpu(GraphProto graph) {
        return ModelSketch.load(
                graph, LoadOptions.UNOPTIMIZED, pool, cuda.devices().all().getFirst());
    }

    /** The model's only output, as bytes; counts the calls of the driver. */
    private byte[] run(LoadedModel model, Tensor... inputs) {
        int launchesBefore = cuda.launches();
        int replaysBefore = cuda.replays();
        try (RunResult result = model.run(List.of(inputs), Workers.single())) {
            return result.outputs().getFirst().segment().toArray(ValueLayout.JAVA_BYTE);
        } finally {
            launches = cuda.launches() - launchesBefore;
            replays = cuda.replays() - replaysBefore;
        }
    }

    /** What the model gives that has never run before, and so has nothing recorded. */
    private byte[] unrecorded(GraphProto graph, Tensor... inputs) {
        try (LoadedModel model = onGpu(graph)) {
            byte[] output = run(model, inputs);
            assertThat(replays).isZero();
            return output;
        }
    }

    private static Tensor matrix(int rows, int seed) {
        float[] values = new float[rows * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = ((i + seed) * 7 % 11 - 5) * 0.37f;
        }
        return Tensor.of(DataType.FP32, Shape.of(rows, 4), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static Tensor index(long value) {
        return Tensor.of(
                DataType.INT64, Shape.of(1), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, new long[] {value}));
    }

    private void started(int kernels, int graphs) {
        assertThat(launches).as("kernels started or recorded").isEqualTo(kernels);
        assertThat(replays).as("graphs started").isEqualTo(graphs);
    }

    @Test
    void startsAllKernelsByOneCallFromTheThirdRunOnWithTheSameBits() {
        try (LoadedModel model = onGpu(CHAIN)) {
            for (int round = 0; round < 5; round++) {
                Tensor x = matrix(3, round);
                assertThat(run(model, x)).as("round " + round).isEqualTo(unrecorded(CHAIN, x));
            }
            run(model, matrix(3, 9));
            started(0, 1);
        }
    }

    @Test
    void recordsInTheSecondRunOfAShape() {
        try (LoadedModel model = onGpu(CHAIN)) {
            run(model, matrix(3, 0));
            started(KERNELS, 0);
            run(model, matrix(3, 1));
            started(KERNELS, 1);
            run(model, matrix(3, 2));
            started(0, 1);
            run(model, matrix(2, 0));
            started(KERNELS, 0);
            run(model, matrix(2, 1));
            started(KERNELS, 1);
            run(model, matrix(3, 3));
            started(0, 1);
            assertThat(cuda.graphs()).isEqualTo(2);
        }
    }

    @Test
    void recordsAnewWhereTheMemoryHasMoved() {
        try (LoadedModel model = onGpu(CHAIN)) {
            for (int round = 0; round < 3; round++) {
                run(model, matrix(3, round));
            }
            started(0, 1);
            Tensor large = matrix(500, 0);
            assertThat(run(model, large)).isEqualTo(unrecorded(CHAIN, large));
            Tensor x = matrix(3, 7);
            byte[] expected = unrecorded(CHAIN, x);
            for (int round = 0; round < 3; round++) {
                assertThat(run(model, x)).isEqualTo(expected);
            }
            started(0, 1);
        }
    }

    @Test
    void keepsNoMoreThanTheLastEightShapes() {
        try (LoadedModel model = onGpu(CHAIN)) {
            for (int rows = 40; rows > 20; rows--) {
                for (int round = 0; round < 3; round++) {
                    Tensor x = matrix(rows, round);
                    assertThat(run(model, x)).isEqualTo(unrecorded(CHAIN, x));
                }
                assertThat(cuda.graphs()).isLessThanOrEqualTo(8);
            }
            run(model, matrix(40, 0));
            started(KERNELS, 0);
            run(model, matrix(22, 0));
            started(0, 1);
        }
    }

    @Test
    void startsTheKernelsOneByOneWhereTheyCannotBeRecorded() {
        cuda.refuseGraphs(true);
        try (LoadedModel model = onGpu(CHAIN)) {
            Tensor x = matrix(3, 0);
            byte[] expected = run(model, x);
            assertThat(run(model, x)).isEqualTo(expected);
            started(2 * KERNELS, 0);
            cuda.refuseGraphs(false);
            for (int round = 0; round < 3; round++) {
                assertThat(run(model, x)).isEqualTo(expected);
                started(KERNELS, 0);
            }
        }
    }

    @Test
    void recordsNoSingleKernel() {
        try (LoadedModel model = onGpu(graph("x:f[n,4]", "y:f[n,4]", node("y = Relu(x)")))) {
            for (int round = 0; round < 3; round++) {
                run(model, matrix(3, round));
                started(1, 0);
            }
        }
    }

    @Test
    void stillFindsAnIndexThatIsOutside() {
        GraphProto graph =
                graph("x:f[n,4] i:i[1]", "y:f[1,4]", node("r = Relu(x)"), node("g = Gather(r, i)"), node("y = Neg(g)"));
        try (LoadedModel model = onGpu(graph)) {
            byte[] expected = unrecorded(graph, matrix(3, 0), index(2));
            for (int round = 0; round < 4; round++) {
                assertThat(run(model, matrix(3, 0), index(2))).isEqualTo(expected);
                assertThatThrownBy(() -> run(model, matrix(3, 0), index(3)))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("is outside of its axis");
            }
            started(0, 1);
        }
    }

    @Test
    void recordsEachRegionOfAPlan() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[n,4]",
                node("r = Relu(x)"),
                node("q = Mul(r, r)"),
                node("c = LpNormalization(q)"),
                node("s = Mul(c, r)"),
                node("m = Softmax(s)"),
                node("y = Add(m, x)"));
        try (LoadedModel model = onGpu(graph)) {
            assertThat(model.placement().orElseThrow().regions()).isEqualTo(2);
            Tensor x = matrix(5, 0);
            byte[] expected = unrecorded(graph, x);
            for (int round = 0; round < 4; round++) {
                assertThat(run(model, x)).isEqualTo(expected);
            }
            started(0, 2);
        }
    }
}
