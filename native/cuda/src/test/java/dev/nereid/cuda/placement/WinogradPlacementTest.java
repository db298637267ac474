package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.RunResult;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which convolutions of an optimised model are computed by Winograd's algorithm on the GPU: three kernels each. */
@Tag("cuda")
class WinogradPlacementTest {
    private static final int CHANNELS = 64;

    /** Of sums that do not cancel. */
    private static final float PRECISION = 2e-5f;

    private static float[] positive(Shape shape) {
        Random random = new Random(shape.elements());
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat(0.1f, 1);
        }
        return values;
    }

    private static Tensor image(long... dims) {
        Shape shape = Shape.of(dims);
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, positive(shape)));
    }

    private static NodeProto constant(String name, long... dims) {
        return floats(name, Shape.of(dims), positive(Shape.of(dims)));
    }

    private static AttributeProto pads(long each) {
        return numbers("pads", each, each, each, each);
    }

    /** A convolution with all that can be fused with it. */
    private static GraphProto block(String x) {
        return graph(
                x,
                "y:f",
                constant("w", CHANNELS, CHANNELS, 3, 3),
                constant("bias", CHANNELS),
                node("a = Conv(x, w, bias)", pads(1)),
                node("r = Sigmoid(a)"),
                node("y = Add(r, x)"));
    }

    /** A convolution alone, of filters with these dims. */
    private static GraphProto single(String x, long[] w, AttributeProto... attributes) {
        return graph(x, "y:f", constant("w", w), node("y = Conv(x, w)", attributes));
    }

    private static int launches(LoadOptions options, GraphProto graph, Tensor... inputs) {
        try (OnBoth both = OnBoth.open("convolutions by Winograd's algorithm on a GPU", options)) {
            return both.launches(graph, List.of(inputs));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x:f[n,64,8,8]", "x:f[n,64,h,w]"})
    void computesAConvolutionAndWhatFollowsItInThreeKernels(String x) {
        // Of unknown extents it is decided by common ones, at which 64 channels are too few.
        boolean known = !x.contains("h");
        assertThat(launches(LoadOptions.DEFAULT, block(x), image(1, CHANNELS, 8, 8)))
                .isEqualTo(known ? 3 : 1);
        try (OnBoth both = OnBoth.open("convolutions by Winograd's algorithm on a GPU", LoadOptions.DEFAULT)) {
            PlacementReport report = both.checkWithin(
                    PRECISION,
                    block(x),
                    List.of(
                            List.of(image(1, CHANNELS, 8, 8)),
                            List.of(image(3, CHANNELS, 8, 8)),
                            List.of(image(0, CHANNELS, 8, 8))));
            assertThat(report.fallenBack()).isEmpty();
            assertThat(report.regions()).isEqualTo(1);
        }
    }

    @Test
    void decidesOfUnknownExtentsByCommonOnes() {
        GraphProto graph = single("x:f[n,128,h,w]", new long[] {128, 128, 3, 3}, pads(1));
        assertThat(launches(LoadOptions.DEFAULT, graph, image(1, 128, 5, 6))).isEqualTo(3);
        try (OnBoth both = OnBoth.open("convolutions by Winograd's algorithm on a GPU", LoadOptions.DEFAULT)) {
            both.checkWithin(PRECISION, graph, List.of(List.of(image(2, 128, 5, 6)), List.of(image(1, 128, 1, 3))));
        }
    }

    @Test
    void isForOptimisedModelsThatAllowItAlone() {
        GraphProto graph = single("x:f[n,64,8,8]", new long[] {64, 64, 3, 3}, pads(1));
        Tensor x = image(1, CHANNELS, 8, 8);
        assertThat(launches(LoadOptions.DEFAULT, graph, x)).isEqualTo(3);
        assertThat(launches(LoadOptions.DEFAULT.withWinograd(false), graph, x)).isEqualTo(1);
        assertThat(launches(LoadOptions.LOW_MEMORY, graph, x)).isEqualTo(1);
        assertThat(launches(LoadOptions.UNOPTIMIZED, graph, x)).isEqualTo(1);
    }

    /** Each but for one thing one of those above. */
    @Test
    void computesOtherConvolutionsAsProducts() {
        String type = "x:f[n,128,8,8]";
        Tensor x = image(1, 128, 8, 8);
        long[] w = {128, 128, 3, 3};
        assertThat(launches(LoadOptions.DEFAULT, single(type, w, pads(1)), x)).isEqualTo(3);
        for (GraphProto graph : List.of(
                single(type, w, pads(1), numbers("strides", 2L, 1L)),
                single(type, w, pads(2), numbers("dilations", 2L, 2L)),
                single(type, w, numbers("pads", 1L, -1L, 1L, 1L)),
                single(type, new long[] {128, 64, 3, 3}, pads(1), number("group", 2)),
                single(type, new long[] {128, 128, 3, 2}, pads(1)),
                single(type, new long[] {2, 128, 3, 3}, pads(1)))) {
            assertThat(launches(LoadOptions.DEFAULT, graph, x))
                    .as(graph.getNode(1).toString())
                    .isEqualTo(1);
        }
        GraphProto made = graph(type + " w:f[128,128,3,3]", "y:f", node("y = Conv(x, w)", pads(1)));
        assertThat(launches(LoadOptions.DEFAULT, made, x, image(128, 128, 3, 3)))
                .isEqualTo(1);
    }

    /** x and y have 0.9 MB each; 110 transformed tiles have 4.1, and 64 of them 2.4. */
    @Test
    void aRunThatDoesNotFitWithAllItsScratchMemoryTakesLess() {
        EmulatedCuda cuda = EmulatedCuda.find("convolutions by Winograd's algorithm on a GPU")
                .orElseGet(() -> Assumptions.abort("no emulated GPU"));
        GraphProto graph = single("x:f[n,128,h,w]", new long[] {128, 128, 3, 3}, pads(1));
        Tensor x = image(1, 128, 40, 44);
        try (OnBoth both = OnBoth.open("convolutions by Winograd's algorithm on a GPU", LoadOptions.DEFAULT);
                LoadedModel model = both.onGpu(graph)) {
            int before = cuda.launches();
            cuda.setTotal(cuda.used(0) + (5 << 20));
            try (RunResult saving = model.run(List.of(x), Workers.single())) {
                assertThat(cuda.launches() - before).as("kernels of two turns").isEqualTo(6);
                cuda.setTotal(cuda.used(0) + (2 << 20));
                try (RunResult usual = model.run(List.of(x), Workers.single())) {
                    assertThat(cuda.launches() - before).as("and of one").isEqualTo(9);
                    Tensor y = saving.outputs().getFirst();
                    assertThat(usual.outputs().getFirst().segment().asSlice(0, y.byteSize()))
                            .matches(other -> other.mismatch(y.segment().asSlice(0, y.byteSize())) == -1);
                }
            }
        } finally {
            cuda.setTotal(0);
        }
    }
}
