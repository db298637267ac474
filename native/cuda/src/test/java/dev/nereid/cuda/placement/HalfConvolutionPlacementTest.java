package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.LoadOptions;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Convolutions of FP16 and BF16 are wholly on the GPU, with what follows them, and give what the CPU gives. */
@Tag("cuda")
class HalfConvolutionPlacementTest {
    /** Two units in BF16's last place: what is fused is rounded once, and not at every node. */
    private static final float TWO_PLACES = 0x1p-6f;

    private static AttributeProto to(TensorProto.DataType type) {
        return number("to", type.getNumber());
    }

    /** Numbers from 0.1 to 1, whose sums do not cancel. */
    private static Tensor positive(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[Math.toIntExact(shape.elements())];
        Random random = new Random(dims[0]);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat(0.1f, 1);
        }
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static NodeProto halves(TensorProto.DataType type, String name, long... dims) {
        Shape shape = Shape.of(dims);
        int[] bits = new Random(name.hashCode())
                .doubles(shape.elements(), 0, 0.3)
                .mapToInt(value -> type == TensorProto.DataType.FLOAT16
                        ? Float.floatToFloat16((float) value) & 0xFFFF
                        : Float.floatToRawIntBits((float) value) >>> 16)
                .toArray();
        return integers(name, type, shape, bits);
    }

    /** Two convolutions, the second with a residual; slices of K in both. */
    private static GraphProto block(TensorProto.DataType type) {
        return graph(
                "x:f[n,3,9,11]",
                "y:f",
                halves(type, "first", 24, 3, 3, 3),
                halves(type, "second", 24, 24, 7, 7),
                halves(type, "bias", 24),
                node("half = Cast(x)", to(type)),
                node("a = Conv(half, first, bias)", numbers("pads", 1L, 1L, 1L, 1L), numbers("strides", 2L, 1L)),
                node("r = Relu(a)"),
                node("b = Conv(r, second)", numbers("pads", 3L, 6L, 3L, 6L), numbers("dilations", 1L, 2L)),
                node("s = Sigmoid(b)"),
                node("sum = Add(s, r)"),
                node("y = Cast(sum)", to(TensorProto.DataType.FLOAT)));
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void keepsConvolutionsOnTheGpu(TensorProto.DataType type) {
        for (LoadOptions options : new LoadOptions[] {LoadOptions.UNOPTIMIZED, LoadOptions.DEFAULT}) {
            try (OnBoth both = OnBoth.open("convolutions of FP16 and BF16 on a GPU", options)) {
                PlacementReport report = both.checkWithin(
                        TWO_PLACES,
                        block(type),
                        List.of(List.of(positive(2, 3, 9, 11)), List.of(positive(1, 3, 9, 11))));
                assertThat(report.fallenBack()).isEmpty();
                assertThat(report.regions()).isEqualTo(1);
            }
        }
    }

    /** Two casts; two convolutions that move channels, of which the second adds up slices; no others. */
    @Test
    void computesActivationsAndResidualsWithTheConvolution() {
        try (OnBoth both = OnBoth.open("convolutions of FP16 on a GPU", LoadOptions.DEFAULT)) {
            assertThat(both.launches(block(TensorProto.DataType.FLOAT16), List.of(positive(1, 3, 9, 11))))
                    .isEqualTo(2 + 2 + 3);
        }
    }

    /** Filters that are made by the graph, few of them, and groups: by kernels of FP32. */
    @Test
    void keepsOtherConvolutionsOnTheGpuToo() {
        TensorProto.DataType type = TensorProto.DataType.FLOAT16;
        try (OnBoth both = OnBoth.open("convolutions of FP16 on a GPU")) {
            PlacementReport report = both.checkWithin(
                    TWO_PLACES,
                    graph(
                            "x:f[n,8,9] made:f[8,8,3]",
                            "y:f",
                            halves(type, "few", 4, 8, 3),
                            halves(type, "grouped", 8, 2, 3),
                            node("half = Cast(x)", to(type)),
                            node("filters = Cast(made)", to(type)),
                            node("a = Conv(half, filters)"),
                            node("b = Conv(a, few)"),
                            node("c = Conv(b, grouped)", number("group", 2)),
                            node("y = Cast(c)", to(TensorProto.DataType.FLOAT))),
                    List.of(List.of(positive(2, 8, 9), positive(8, 8, 3))));
            assertThat(report.fallenBack()).isEmpty();
        }
    }

    /** Over three axes there is no kernel: what was fused for one is computed on the CPU. */
    @Test
    void whatWasFusedForTheGpuIsRightOnTheCpuToo() {
        TensorProto.DataType type = TensorProto.DataType.FLOAT16;
        try (OnBoth both = OnBoth.open("convolutions of FP16 over three axes", LoadOptions.DEFAULT)) {
            PlacementReport report = both.checkWithin(
                    TWO_PLACES,
                    graph(
                            "x:f[n,4,5,5,5]",
                            "y:f",
                            halves(type, "w", 4, 4, 3, 3, 3),
                            halves(type, "bias", 4),
                            node("half = Cast(x)", to(type)),
                            node("a = Conv(half, w, bias)", numbers("pads", 1L, 1L, 1L, 1L, 1L, 1L)),
                            node("s = Tanh(a)"),
                            node("sum = Add(half, s)"),
                            node("y = Cast(sum)", to(TensorProto.DataType.FLOAT))),
                    List.of(List.of(positive(2, 4, 5, 5, 5))));
            assertThat(report.fallenBack()).containsKey("dev.nereid.FusedConv");
        }
    }
}
