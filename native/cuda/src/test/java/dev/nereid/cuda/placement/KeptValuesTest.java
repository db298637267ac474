package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Values that several regions have to do with: on a GPU once, and on their way no more often than needed. */
@Tag("cuda")
class KeptValuesTest {
    private static final int FLOAT = 1;
    private static final int STRING = 8;

    private final EmulatedCuda cuda =
            EmulatedCuda.find("values that stay on a GPU").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    private final SlabPool pool = new SlabPool(1 << 20);

    @AfterEach
    void leavesNothing() {
        cuda.setTotal(0);
        pool.close();
        assertThat(cuda.graphs()).isZero();
        assertThat(cuda.streams()).isZero();
        assertThat(cuda.used(0)).isZero();
    }

    private LoadedModel onGpu(GraphProto graph) {
        return ModelSketch.load(
                graph, LoadOptions.UNOPTIMIZED, pool, cuda.devices().all().getFirst());
    }

    /** The bytes of a model's outputs. */
    private static List<String> outputs(LoadedModel model, Tensor... inputs) {
        try (RunResult result = model.run(List.of(inputs), Workers.single())) {
            return result.outputs().stream().map(KeptValuesTest::bytes).toList();
        }
    }

    private static String bytes(Tensor tensor) {
        return HexFormat.of()
                .formatHex(tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE));
    }

    private static Tensor matrix(int rows, int seed) {
        float[] values = new float[rows * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = ((i + seed) * 7 % 11 - 5) * 0.37f;
        }
        return Tensor.of(DataType.FP32, Shape.of(rows, 4), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static Tensor integer(long... values) {
        return Tensor.of(
                DataType.INT64, Shape.of(values.length), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }

    /**
     * Runs the graph on both for matrices of several heights, and several times, so that kernels are recorded too: all gives
     * the same bits, by so many regions, with so many copies in and out each time.
     */
    private void check(GraphProto graph, int regions, int in, int out, Tensor... more) {
        try (LoadedModel onCpu = ModelSketch.load(graph, LoadOptions.UNOPTIMIZED, pool);
                LoadedModel onGpu = onGpu(graph)) {
            assertThat(onGpu.placement().orElseThrow().regions()).as("regions").isEqualTo(regions);
            int seed = 0;
            for (int rows : new int[] {3, 1, 40, 3, 3, 40, 40, 3}) {
                List<Tensor> inputs = new ArrayList<>(List.of(matrix(rows, seed++)));
                inputs.addAll(List.of(more));
                Tensor[] given = inputs.toArray(Tensor[]::new);
                List<String> expected = outputs(onCpu, given);
                int inBefore = cuda.copiesIn();
                int outBefore = cuda.copiesOut();
                assertThat(outputs(onGpu, given)).as(rows + " rows").isEqualTo(expected);
                assertThat(cuda.copiesIn() - inBefore).as("copies in").isEqualTo(in);
                assertThat(cuda.copiesOut() - outBefore).as("copies out").isEqualTo(out);
            }
        }
    }

    @Test
    void copiesNothingOfWhatTheNextRegionAloneReads() {
        // In: x, c. Out: q, y. On the way stays r.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4]",
                        node("r = Relu(x)"),
                        node("q = Neg(r)"),
                        node("c = LpNormalization(q)"),
                        node("y = Mul(c, r)")),
                2,
                2,
                2);
    }

    @Test
    void copiesWhatTheHostReadsTooOnce() {
        // In: x, c. Out: r, y.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4]",
                        node("r = Relu(x)"),
                        node("c = LpNormalization(r)"),
                        node("y = Mul(c, r)")),
                2,
                2,
                2);
    }

    @Test
    void copiesAnOutputThatALaterRegionReadsOnce() {
        // In: x, c. Out: q, r, y.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4] r:f[n,4]",
                        node("r = Relu(x)"),
                        node("q = Neg(r)"),
                        node("c = LpNormalization(q)"),
                        node("y = Mul(c, r)")),
                2,
                2,
                3);
    }

    @Test
    void copiesAnInputOfTwoRegionsOnce() {
        // In: x, c. Out: r, y.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4]",
                        node("r = Relu(x)"),
                        node("c = LpNormalization(r)"),
                        node("y = Sub(c, x)")),
                2,
                2,
                2);
    }

    @Test
    void copiesAResultOfTheHostThatTwoRegionsReadOnce() {
        // In: x, c, d. Out: r, s, y.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4]",
                        node("r = Relu(x)"),
                        node("c = LpNormalization(r)"),
                        node("s = Abs(c)"),
                        node("d = LpNormalization(s)"),
                        node("y = Sub(c, d)")),
                3,
                3,
                3);
    }

    @Test
    void keepsWhatARegionReadsThatIsNotTheNext() {
        // In: x, c, d. Out: q, t, y. The region between has values enough to write over r, were it not kept.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4]",
                        node("r = Relu(x)"),
                        node("q = Neg(r)"),
                        node("c = LpNormalization(q)"),
                        node("s = Abs(c)"),
                        node("u = Concat(s, c)", number("axis", 1)),
                        node("v = Concat(u, u, s)", number("axis", 1)),
                        node("t = Neg(v)"),
                        node("d = LpNormalization(t)"),
                        node("e = Neg(d)"),
                        longs("axes", 1),
                        node("m = ReduceMax(e, axes)"),
                        node("y = Sub(r, m)")),
                3,
                3,
                3);
    }

    @Test
    void keepsWhatIsAnotherValueUnderAnotherShape() {
        // In: x, c. Out: q, y. Kept are r, a view of it, and x, which is read by way of a view alone.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,2,2]",
                        longs("shape", 0, 2, 2),
                        node("r = Relu(x)"),
                        node("v = Reshape(r, shape)"),
                        node("w = Reshape(x, shape)"),
                        node("q = Neg(r)"),
                        node("c = LpNormalization(q)"),
                        node("d = Reshape(c, shape)"),
                        node("s = Mul(d, v)"),
                        node("y = Sub(s, w)")),
                2,
                2,
                2);
    }

    @Test
    void looksUpAShapeWithoutACopy() {
        // In: x, c. Out: q, y, and not r.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4] z:i[2] e:i[1]",
                        node("r = Relu(x)"),
                        node("z = Shape(r)"),
                        node("q = Neg(r)"),
                        node("c = LpNormalization(q)"),
                        node("y = Mul(c, r)"),
                        node("t = Abs(x)"),
                        node("size = Size(t)"),
                        longs("axes", 0),
                        node("e = Unsqueeze(size, axes)")),
                2,
                2,
                2);
    }

    /** What a Reshape gives is known if its first input is; but the host has to read the second, which is not. */
    @Test
    void copiesWhatTheHostReadsBesideAKnownShape() {
        // In: x, i, c. Out: a, r, y.
        check(
                graph(
                        "x:f[n,4] i:i[1]",
                        "y:f[n,4] z:i",
                        node("r = Relu(x)"),
                        node("a = Neg(i)"),
                        node("k = Shape(x)"),
                        node("z = Reshape(k, a)"),
                        node("c = LpNormalization(r)"),
                        node("y = Mul(c, r)")),
                2,
                3,
                3,
                integer(1));
    }

    /** The axis is made of a shape that formulas know: no value leads from the last region to the first, which copies x in. */
    @Test
    void runsARegionThatOnlyLaterRegionsNeed() {
        // In: x, q. Out: y.
        Tensor keep = Tensor.of(
                DataType.BOOL, Shape.of(1), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, new byte[] {1}));
        check(
                graph(
                        "x:f[n,4] keep:b[1]",
                        "y:f[n,4]",
                        node("r = Relu(x)"),
                        node("s = Shape(r)"),
                        longs("one", 1),
                        node("d = Gather(s, one)"),
                        longs("four", 4),
                        node("axis = Sub(d, four)"),
                        node("e = Compress(x, keep)", number("axis", 0)),
                        node("q = Squeeze(e, axis)"),
                        node("y = Mul(q, x)")),
                2,
                2,
                1,
                keep);
    }

    @Test
    void leavesStringsSequencesAndShapesOfTheRunOnTheHost() {
        // In: x, b. Out: r, y.
        check(
                graph(
                        "x:f[n,4]",
                        "y:f[n,4] p:i[2,m] e:f",
                        node("r = Relu(x)"),
                        node("p = NonZero(r)"),
                        node("t = Cast(r)", number("to", STRING)),
                        node("b = Cast(t)", number("to", FLOAT)),
                        node("all = SequenceConstruct(r, b)"),
                        longs("one", 1),
                        node("e = SequenceAt(all, one)"),
                        node("y = Sub(b, r)")),
                2,
                2,
                2);
    }

    @Test
    void keepsTensorsOfNoElements() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[n,4]",
                node("r = Relu(x)"),
                node("q = Neg(r)"),
                node("c = LpNormalization(q)"),
                node("y = Mul(c, r)"));
        try (LoadedModel model = onGpu(graph)) {
            for (int round = 0; round < 3; round++) {
                assertThat(outputs(model, matrix(0, 0))).containsExactly("");
                assertThat(outputs(model, matrix(2, 0)).getFirst()).hasSize(64);
            }
        }
    }

    private static final GraphProto FAILING = graph(
            "x:f[n,4] i:i[1]",
            "y:f[n,4]",
            node("r = Relu(x)"),
            node("all = SequenceConstruct(r, x)"),
            longs("axes", 0),
            node("at = Squeeze(i, axes)"),
            node("e = SequenceAt(all, at)"),
            node("s = Shape(x)"),
            node("c = Reshape(e, s)"),
            node("y = Sub(c, r)"));

    @Test
    void letsGoOfItsStreamWhereTheHostFailsBetweenTwoRegions() {
        try (LoadedModel model = onGpu(FAILING)) {
            assertThat(model.placement().orElseThrow().regions()).isEqualTo(2);
            List<String> expected = outputs(model, matrix(3, 1), integer(1));
            int streams = cuda.streams();
            long bytes = cuda.used(0);
            for (int round = 0; round < 3; round++) {
                assertThatThrownBy(() -> outputs(model, matrix(3, 1), integer(7)))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("SequenceAt");
                assertThat(outputs(model, matrix(3, 1), integer(1))).isEqualTo(expected);
            }
            assertThat(cuda.streams()).isEqualTo(streams);
            assertThat(cuda.used(0)).isEqualTo(bytes);
        }
    }

    @Test
    void asksForTheMemoryOfAllRegionsBeforeTheFirstComputes() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[n,16]",
                node("r = Relu(x)"),
                node("c = LpNormalization(r)"),
                node("w = Concat(c, r, x, c)", number("axis", 1)),
                node("y = Neg(w)"));
        try (LoadedModel model = onGpu(graph)) {
            assertThat(model.placement().orElseThrow().regions()).isEqualTo(2);
            outputs(model, matrix(1, 0));
            int launches = cuda.launches();
            int rows = 1 << 14;
            cuda.setTotal(1 << 20);
            // x, r and c of 256 KiB each; then w and y of 1 MiB each, y behind w, for there is no room before it.
            assertThatThrownBy(() -> outputs(model, matrix(rows, 0)))
                    .hasMessageContaining("asked for " + (11 << 18) + " bytes for the values of a run")
                    .cause()
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            e -> assertThat(e.code()).isEqualTo(DeviceException.Code.OUT_OF_MEMORY));
            assertThat(cuda.launches()).isEqualTo(launches);
            cuda.setTotal(0);
            assertThat(outputs(model, matrix(rows, 0)).getFirst()).hasSize(rows * 128);
        }
    }

    @Test
    void countsNoMoreThanLivesAtATime() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[n,4]",
                node("r = Relu(x)"),
                node("q = Neg(r)"),
                node("c = LpNormalization(q)"),
                node("y = Sub(c, r)"));
        int bytes = 1 << 18;
        try (LoadedModel model = onGpu(graph)) {
            outputs(model, matrix(1, 0));
            long before = model.deviceBytes();
            outputs(model, matrix(bytes / 16, 0));
            // r and two more: x and q, then c and y.
            assertThat(model.deviceBytes() - before).isEqualTo(3L * bytes - 3 * 256);
        }
    }

    /** Runs a model between the steps of another run of it. */
    private static final class Interrupting implements Workers {
        private final LoadedModel model;
        private final Tensor input;
        private final int from;
        private int steps;

        /** @param from the first step that the model is run before */
        Interrupting(LoadedModel model, Tensor input, int from) {
            this.model = model;
            this.input = input;
            this.from = from;
        }

        @Override
        public int count() {
            return 1;
        }

        @Override
        public void run(int tasks, Task task) {
            Workers.single().run(tasks, task);
        }

        @Override
        public void betweenKernels() {
            if (steps++ >= from) {
                outputs(model, input);
            }
        }
    }

    @Test
    void keepsTheValuesOfRunsApartThatAreUnderWayTogether() {
        GraphProto graph = graph(
                "x:f[n,4]", "y:f[n,4]", node("r = Relu(x)"), node("c = LpNormalization(r)"), node("y = Sub(c, x)"));
        try (LoadedModel model = onGpu(graph)) {
            List<String> expected = outputs(model, matrix(5, 0));
            Interrupting other = new Interrupting(model, matrix(5, 1), 0);
            for (int round = 0; round < 3; round++) {
                try (RunResult result = model.run(List.of(matrix(5, 0)), other)) {
                    assertThat(bytes(result.outputs().getFirst())).isEqualTo(expected.getFirst());
                }
            }
            assertThat(other.steps).as("three a run").isEqualTo(9);
            assertThat(cuda.streams()).as("the model's own, and two").isEqualTo(3);
        }
    }

    @Test
    void letsGoOfItsStreamWhenItsLastRegionHasRun() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[n,4]",
                node("r = Relu(x)"),
                node("c = LpNormalization(r)"),
                node("s = Sub(c, r)"),
                node("y = LpNormalization(s)"));
        try (LoadedModel model = onGpu(graph)) {
            List<String> expected = outputs(model, matrix(5, 0));
            Interrupting other = new Interrupting(model, matrix(5, 1), 3);
            try (RunResult result = model.run(List.of(matrix(5, 0)), other)) {
                assertThat(bytes(result.outputs().getFirst())).isEqualTo(expected.getFirst());
            }
            assertThat(other.steps).isEqualTo(4);
            assertThat(cuda.streams()).as("the model's own, and one").isEqualTo(2);
        }
    }
}
