package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Graphs of quantised convolutions are wholly on the GPU, and give the CPU's bits. */
@Tag("cuda")
class QuantizedPlacementTest {
    @AutoClose
    private final OnBoth both = OnBoth.open("quantised graphs on a GPU");

    private static Tensor image(int... dims) {
        Random random = new Random(dims[0]);
        float[] values = new float[dims[0] * dims[1] * dims[2] * dims[3]];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(
                DataType.FP32,
                Shape.of(dims[0], dims[1], dims[2], dims[3]),
                Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static NodeProto bytes(String name, Shape shape) {
        int[] values =
                new Random(name.hashCode()).ints(shape.elements(), -128, 128).toArray();
        return integers(name, TensorProto.DataType.INT8, shape, values);
    }

    private static NodeProto scalar(String name, TensorProto.DataType type, int value) {
        return integers(name, type, Shape.SCALAR, value);
    }

    @Test
    void keepsAQuantisedResidualBlockOnTheGpu() {
        PlacementReport report = both.check(
                graph(
                        "x:f[n,3,9,7]",
                        "y:f[n,8,5,4]",
                        floats("s", 0.03f),
                        floats("t", 0.11f),
                        floats("each", 0.01f, 0.02f, 0.03f, 0.004f, 0.05f, 0.006f, 0.07f, 0.08f),
                        scalar("z", TensorProto.DataType.UINT8, 128),
                        scalar("a", TensorProto.DataType.INT8, -3),
                        bytes("zeros", Shape.of(8)),
                        bytes("w", Shape.of(8, 3, 3, 3)),
                        bytes("v", Shape.of(8, 1, 3, 3)),
                        bytes("p", Shape.of(8, 3, 1, 1)),
                        integers("bias", TensorProto.DataType.INT32, Shape.of(8), 1, -200, 3000, 4, 5, -6, 70, 8),
                        node("q = QuantizeLinear(x, s, z)"),
                        node(
                                "c = QLinearConv(q, s, z, w, each, zeros, t, z, bias)",
                                numbers("strides", 2L, 2L),
                                numbers("pads", 1L, 1L, 1L, 1L)),
                        node(
                                "d = QLinearConv(c, t, z, v, s, a, t, a)",
                                number("group", 8),
                                numbers("pads", 1L, 1L, 1L, 1L)),
                        node("r = QLinearConv(q, s, z, p, s, a, t, a, bias)", numbers("strides", 2L, 2L)),
                        node("m = DequantizeLinear(d, t, a)"),
                        node("k = DequantizeLinear(r, t, a)"),
                        node("sum = Add(m, k)"),
                        node("y = Relu(sum)")),
                List.of(List.of(image(1, 3, 9, 7)), List.of(image(3, 3, 9, 7))));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    @Test
    void keepsDynamicallyQuantisedConvolutionsOnTheGpu() {
        PlacementReport report = both.check(
                graph(
                        "x:f[n,4,6,6]",
                        "y:f[n,6,4,6]",
                        bytes("w", Shape.of(6, 2, 3, 1)),
                        floats("t", 0.01f),
                        node("q, s, z = DynamicQuantizeLinear(x)"),
                        node("c = ConvInteger(q, w, z)", number("group", 2)),
                        node("f = Cast(c)", number("to", TensorProto.DataType.FLOAT.getNumber())),
                        node("scale = Mul(s, t)"),
                        node("y = Mul(f, scale)")),
                List.of(List.of(image(2, 4, 6, 6))));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    @Test
    void refusesFiltersForOtherChannels() {
        try (LoadedModel model = both.onGpu(graph(
                "x:f[n,c,6,6]",
                "y:f[n,6,6,6]",
                floats("s", 0.03f),
                scalar("z", TensorProto.DataType.UINT8, 128),
                scalar("a", TensorProto.DataType.INT8, 0),
                bytes("w", Shape.of(6, 2, 1, 1)),
                node("q = QuantizeLinear(x, s, z)"),
                node("c = QLinearConv(q, s, z, w, s, a, s, z)"),
                node("y = DequantizeLinear(c, s, z)")))) {
            assertThat(model.placement().orElseThrow().fallenBack()).isEmpty();
            assertThatThrownBy(() -> model.run(List.of(image(1, 5, 6, 6)), Workers.single())
                            .close())
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("filters");
        }
    }
}
