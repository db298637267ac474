package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.microsoft;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
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
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with n-bit weights on the GPU, which gives what the CPU gives. */
@Tag("cuda")
class NBitPlacementTest {
    private static final int N = 70;
    private static final int K = 100;
    private static final int BLOCK = 32;
    private static final int BLOCKS = 4;

    @AutoClose
    private final OnBoth both = OnBoth.open("products with weights of few bits on a GPU", LoadOptions.DEFAULT);

    private final Random random = new Random(2);

    private Tensor floats(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private NodeProto bytes(String name, long... dims) {
        Shape shape = Shape.of(dims);
        int[] values = random.ints(shape.elements(), 0, 256).toArray();
        return integers(name, TensorProto.DataType.UINT8, shape, values);
    }

    private static AttributeProto to(TensorProto.DataType type) {
        return number("to", type.getNumber());
    }

    private GraphProto product(int bits, TensorProto.DataType type, String groups) {
        AttributeProto[] sizes = {number("N", N), number("K", K), number("bits", bits), number("block_size", BLOCK)};
        return graph(
                "x:f[b,t," + K + "] s:f[" + N + "," + BLOCKS + "] c:f[" + N + "] g:i[" + K + "]",
                "y:f",
                bytes("w", N, BLOCKS, BLOCK * bits / 8),
                bytes("z", N, BLOCKS * bits / 8),
                node("xh = Cast(x)", to(type)),
                node("sh = Cast(s)", to(type)),
                node("ch = Cast(c)", to(type)),
                node("order = Cast(g)", to(TensorProto.DataType.INT32)),
                microsoft(node("yh = MatMulNBits(xh, w, sh, z, " + groups + ", ch)", sizes)),
                node("y = Cast(yh)", to(TensorProto.DataType.FLOAT)));
    }

    private List<Tensor> inputs(int batch, int tokens) {
        Tensor order = Tensor.of(
                DataType.INT64,
                Shape.of(K),
                Arena.ofAuto()
                        .allocateFrom(
                                ValueLayout.JAVA_LONG,
                                random.longs(K, 0, BLOCKS).toArray()));
        return List.of(floats(batch, tokens, K), floats(N, BLOCKS), floats(N), order);
    }

    @ParameterizedTest
    @CsvSource({"4,FLOAT,0.001", "8,FLOAT,0.001", "4,FLOAT16,0.002"})
    void multipliesOnTheGpu(int bits, TensorProto.DataType type, float near) {
        PlacementReport report =
                both.checkNear(near, product(bits, type, ""), List.of(inputs(1, 1), inputs(2, 35), inputs(0, 3)));
        assertThat(report.fallenBack()).isEmpty();
    }

    /** Columns whose scale is not that of their block, and numbers of two bits. */
    @Test
    void whatKernelsDoNotKnowStaysOnTheCpu() {
        PlacementReport grouped =
                both.checkNear(0.001f, product(4, TensorProto.DataType.FLOAT, "order"), List.of(inputs(1, 3)));
        assertThat(grouped.fallenBack()).containsEntry("com.microsoft.MatMulNBits", 1);
        PlacementReport odd = both.checkNear(0.001f, product(2, TensorProto.DataType.FLOAT, ""), List.of(inputs(1, 3)));
        assertThat(odd.fallenBack()).containsEntry("com.microsoft.MatMulNBits", 1);
    }
}
