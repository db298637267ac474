package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.longs;
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
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention of FP16 and BF16 that is spelled out becomes one kernel on the GPU, which gives what the CPU gives. */
@Tag("cuda")
class HalfAttentionPlacementTest {
    /** Two units in BF16's last place: weights and scores are rounded at other nodes. */
    private static final float TWO_PLACES = 0x1p-6f;

    @AutoClose
    private final OnBoth both = OnBoth.open("attention of FP16 and BF16 on a GPU", LoadOptions.DEFAULT);

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
        return tensor(shape, values);
    }

    private static Tensor tensor(Shape shape, float... values) {
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static NodeProto half(TensorProto.DataType type, String name, float value) {
        int bits = type == TensorProto.DataType.FLOAT16
                ? Float.floatToFloat16(value) & 0xFFFF
                : Float.floatToRawIntBits(value) >>> 16;
        return integers(name, type, Shape.SCALAR, bits);
    }

    /** Tokens with themselves, and a mask that is added. */
    private static GraphProto selfAttention(TensorProto.DataType type, int heads, int size) {
        return graph(
                "x:f[n,t," + heads * size + "] mask:f[n,1,1,t]",
                "y:f",
                half(type, "scale", 0.25f),
                longs("split", 0, 0, heads, size),
                longs("join", 0, 0, (long) heads * size),
                node("half = Cast(x)", to(type)),
                node("hidden = Cast(mask)", to(type)),
                node("apart = Reshape(half, split)"),
                node("q = Transpose(apart)", numbers("perm", 0L, 2L, 1L, 3L)),
                node("k = Transpose(apart)", numbers("perm", 0L, 2L, 3L, 1L)),
                node("v = Transpose(apart)", numbers("perm", 0L, 2L, 1L, 3L)),
                node("product = MatMul(q, k)"),
                node("scores = Mul(product, scale)"),
                node("masked = Add(scores, hidden)"),
                node("weights = Softmax(masked)", number("axis", -1)),
                node("mixed = MatMul(weights, v)"),
                node("moved = Transpose(mixed)", numbers("perm", 0L, 2L, 1L, 3L)),
                node("joined = Reshape(moved, join)"),
                node("y = Cast(joined)", to(TensorProto.DataType.FLOAT)));
    }

    private static List<Tensor> tokens(int n, int t, int width) {
        float[] mask = new float[n * t];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = i % t == t - 1 ? Float.NEGATIVE_INFINITY : 0.5f * (i % 3);
        }
        return List.of(positive(n, t, width), tensor(Shape.of(n, 1, 1, t), mask));
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void keepsAttentionOnTheGpu(TensorProto.DataType type) {
        PlacementReport report =
                both.checkWithin(TWO_PLACES, selfAttention(type, 2, 16), List.of(tokens(2, 7, 32), tokens(1, 70, 32)));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    /** Three casts, and one kernel in between. */
    @Test
    void attendsWithOneKernel() {
        assertThat(both.launches(selfAttention(TensorProto.DataType.FLOAT16, 2, 16), tokens(1, 5, 32)))
                .isEqualTo(3 + 1);
    }

    /** Keys and values of two heads for four. */
    private static GraphProto sharedHeads(TensorProto.DataType type) {
        return graph(
                "q:f[n,4,5,16] k:f[n,2,6,16] v:f[n,2,6,16]",
                "y:f",
                longs("axis", 2),
                longs("repeats", 1, 2, 2, 6, 16),
                longs("all", 0, 4, 6, 16),
                node("queries = Cast(q)", to(type)),
                node("keys = Cast(k)", to(type)),
                node("values = Cast(v)", to(type)),
                node("k5 = Unsqueeze(keys, axis)"),
                node("kr = Expand(k5, repeats)"),
                node("k4 = Reshape(kr, all)"),
                node("kt = Transpose(k4)", numbers("perm", 0L, 1L, 3L, 2L)),
                node("v5 = Unsqueeze(values, axis)"),
                node("vr = Expand(v5, repeats)"),
                node("v4 = Reshape(vr, all)"),
                node("scores = MatMul(queries, kt)"),
                node("weights = Softmax(scores)", number("axis", -1)),
                node("mixed = MatMul(weights, v4)"),
                node("y = Cast(mixed)", to(TensorProto.DataType.FLOAT)));
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void readsSharedHeadsWhereTheyAre(TensorProto.DataType type) {
        GraphProto graph = sharedHeads(type);
        List<Tensor> inputs = List.of(positive(2, 4, 5, 16), positive(2, 2, 6, 16), positive(2, 2, 6, 16));
        PlacementReport report = both.checkWithin(TWO_PLACES, graph, List.of(inputs));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(both.launches(graph, inputs)).isEqualTo(3 + 1 + 1);
    }

    /** Heads of more elements than a kernel takes: what was fused for one is computed on the CPU. */
    @Test
    void whatWasFusedForTheGpuIsRightOnTheCpuToo() {
        PlacementReport report = both.checkWithin(
                TWO_PLACES, selfAttention(TensorProto.DataType.FLOAT16, 1, 136), List.of(tokens(2, 7, 136)));
        assertThat(report.fallenBack()).containsKey("dev.nereid.FusedAttention");
    }
}
