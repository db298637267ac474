package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which nodes go to a GPU, which stay, and that it makes no difference to what comes out. */
@Tag("cuda")
class PlacementTest {
    private final EmulatedCuda cuda =
            EmulatedCuda.find("placing graphs on a GPU").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    private final SlabPool pool = new SlabPool(1 << 20);

    @AfterEach
    void close() {
        pool.close();
        assertThat(cuda.used(0)).isZero();
    }

    /** Runs the graph on both, for matrices of several heights. */
    private PlacementReport check(GraphProto graph) {
        try (LoadedModel onCpu = ModelSketch.load(graph, LoadOptions.UNOPTIMIZED, pool);
                LoadedModel onGpu = onGpu(graph)) {
            for (int rows : new int[] {3, 1, 40, 3}) {
                Tensor x = matrix(rows);
                assertThat(outputs(onGpu, x)).isEqualTo(outputs(onCpu, x));
            }
            return onGpu.placement().orElseThrow();
        }
    }

    private LoadedModel onGpu(GraphProto graph) {
        return ModelSketch.load(
                graph, LoadOptions.UNOPTIMIZED, pool, cuda.devices().all().getFirst());
    }

    private static List<List<Byte>> outputs(LoadedModel model, Tensor... inputs) {
        try (RunResult result = model.run(List.of(inputs), Workers.single())) {
            return result.outputs().stream().map(PlacementTest::bytes).toList();
        }
    }

    private static List<Byte> bytes(Tensor tensor) {
        List<Byte> bytes = new ArrayList<>();
        for (byte each : tensor.segment().toArray(ValueLayout.JAVA_BYTE)) {
            bytes.add(each);
        }
        return bytes;
    }

    private static Tensor matrix(int rows) {
        float[] values = new float[rows * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 7 % 11) - 5;
        }
        return Tensor.of(DataType.FP32, Shape.of(rows, 4), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    @Test
    void leavesWhatHasNoKernelOnTheCpuInTheMiddleOfTheGraph() {
        PlacementReport report = check(graph(
                "x:f[n,4]",
                "y:f[n,4] r:f[n,4]",
                node("r = Relu(x)"),
                node("c = LpNormalization(r)"),
                node("s = Mul(c, r)"),
                node("y = Add(s, x)")));
        assertThat(report.nodes()).isEqualTo(3);
        assertThat(report.regions()).isEqualTo(2);
        assertThat(report.fallenBack()).containsOnlyKeys("LpNormalization");
        assertThat(report).asString().contains("3 nodes in 2 regions on GPU 0").endsWith("on the CPU: LpNormalization");
    }

    @Test
    void joinsWhatDoesNotReadEachOtherIntoOneRegion() {
        PlacementReport report = check(graph("x:f[n,4]", "y:f[n,4] z:f[n,4]", node("y = Relu(x)"), node("z = Neg(x)")));
        assertThat(report.nodes()).isEqualTo(2);
        assertThat(report.regions()).isEqualTo(1);
        assertThat(report.fallenBack()).isEmpty();
    }

    @Test
    void takesNothingThatIsOnlyMoved() {
        PlacementReport report =
                check(graph("x:f[n,4]", "y:f[4,n]", node("y = Transpose(x)", numbers("perm", 1L, 0L))));
        assertThat(report.nodes()).isZero();
        assertThat(report.regions()).isZero();
    }

    @Test
    void refusesATensorOfMoreElementsThanKernelsCount() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[n,1]",
                longs("axes", 1),
                node("t = Transpose(x)", numbers("perm", 1L, 0L)),
                node("squares = MatMul(x, t)"),
                node("y = ReduceSum(squares, axes)"));
        try (LoadedModel onGpu = ModelSketch.load(
                graph, LoadOptions.UNOPTIMIZED, pool, cuda.devices().all().getFirst())) {
            assertThat(onGpu.placement().orElseThrow().fallenBack()).isEmpty();
            assertThatThrownBy(() -> outputs(onGpu, matrix(1 << 16)))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("'squares' of the shape [65536,65536] has 4294967296 elements");
            assertThat(outputs(onGpu, matrix(2))).hasSize(1);
        }
    }

    @Test
    void movesAlongWhatLiesBetween() {
        PlacementReport report = check(graph(
                "x:f[n,4]",
                "y:f[4,n]",
                node("r = Relu(x)"),
                node("t = Transpose(r)", numbers("perm", 1L, 0L)),
                node("y = Neg(t)")));
        assertThat(report.nodes()).isEqualTo(3);
        assertThat(report.regions()).isEqualTo(1);
    }

    @Test
    void makesNoOtherRegionForWhatWaitsForAShapeThatFormulasKnow() {
        PlacementReport report = check(graph(
                "x:f[n,4]",
                "y:f[n,4]",
                node("r = Relu(x)"),
                node("shape = Shape(r)"),
                node("t = Transpose(r)", numbers("perm", 1L, 0L)),
                node("m = Reshape(t, shape)"),
                node("y = Sub(m, r)")));
        assertThat(report.nodes()).isEqualTo(4);
        assertThat(report.regions()).isEqualTo(1);
        assertThat(report.fallenBack()).isEmpty();
    }

    /** What is made between would take the memory of the first value if that were free. */
    @Test
    void keepsAValueUntilTheLastViewOfItsViewsIsRead() {
        PlacementReport report = check(graph(
                "x:f[n,4]",
                "y:f[n,4]",
                node("r = Relu(x)"),
                node("a = Identity(r)"),
                node("b = Identity(a)"),
                node("c = Identity(b)"),
                node("t = Transpose(x)", numbers("perm", 1L, 0L)),
                node("u = Transpose(t)", numbers("perm", 1L, 0L)),
                node("y = Sub(c, u)")));
        assertThat(report.nodes()).isEqualTo(7);
        assertThat(report.regions()).isEqualTo(1);
    }

    @Test
    void leavesWhatHasAShapeThatOnlyTheRunFindsOut() {
        PlacementReport report = check(graph("x:f[n,4]", "y:i[2,m]", node("r = Relu(x)"), node("y = NonZero(r)")));
        assertThat(report.nodes()).isEqualTo(1);
        assertThat(report.fallenBack()).containsOnlyKeys("NonZero");
    }

    @Test
    void copiesNoMoreThanATensorHas() {
        GraphProto graph = graph("x:f[n,4]", "y:f[n,4]", node("y = Relu(x)"));
        Tensor x = matrix(3);
        Tensor longer = Tensor.of(DataType.FP32, x.shape(), Arena.ofAuto().allocate(1 << 16));
        MemorySegment.copy(x.segment(), 0, longer.segment(), 0, x.byteSize());
        try (LoadedModel model = onGpu(graph)) {
            assertThat(outputs(model, longer)).isEqualTo(outputs(model, x));
        }
    }

    @Test
    void refusesPartsThatDoNotMakeUpTheWhole() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[1,4] z:f[2,4]",
                longs("parts", 1, 2),
                node("r = Neg(x)"),
                node("y, z = Split(r, parts)"));
        try (LoadedModel model = onGpu(graph)) {
            assertThat(outputs(model, matrix(3))).hasSize(2);
            for (int rows : new int[] {2, 4}) {
                assertThatThrownBy(() -> outputs(model, matrix(rows)))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("do not make up axis 0 of the shape [" + rows + ",4]");
            }
            assertThat(outputs(model, matrix(3))).hasSize(2);
        }
    }

    @Test
    void refusesMoreElementsThanKernelsCount() {
        GraphProto graph = graph(
                "x:f[n,4]",
                "y:f[1,1]",
                node("r = ReduceSum(x)"),
                longs("shape", 65536, 65536),
                node("e = Expand(r, shape)"),
                node("y = ReduceMax(e)"));
        try (LoadedModel model = onGpu(graph)) {
            assertThatThrownBy(() -> outputs(model, matrix(3)))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("'e' of the shape [65536,65536] has 4294967296 elements");
        }
    }

    @Test
    void multipliesMatricesWithNothingInTheMiddle() {
        GraphProto graph = graph("x:f[2,n,k] w:f[k,3]", "y:f[2,n,3]", node("y = MatMul(x, w)"));
        Tensor x = Tensor.of(DataType.FP32, Shape.of(2, 5, 0), Arena.ofAuto().allocate(0));
        Tensor w = Tensor.of(DataType.FP32, Shape.of(0, 3), Arena.ofAuto().allocate(0));
        try (LoadedModel model = onGpu(graph)) {
            assertThat(outputs(model, x, w)).containsExactly(Collections.nCopies(2 * 5 * 3 * Float.BYTES, (byte) 0));
        }
    }
}
