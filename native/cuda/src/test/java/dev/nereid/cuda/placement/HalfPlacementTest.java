package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static dev.nereid.models.operators.ModelSketch.real;
import static dev.nereid.models.operators.ModelSketch.text;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs of FP16 and BF16 are wholly on the GPU, and give what the CPU gives within the rounding of their numbers. */
@Tag("cuda")
@Tag("nightly")
class HalfPlacementTest {
    /** A unit in BF16's last place, by which sums may be rounded apart that were added in another order. */
    private static final float LAST_PLACE = 0x1p-7f;

    @AutoClose
    private final OnBoth both = OnBoth.open("FP16 and BF16 on a GPU");

    private static AttributeProto to(TensorProto.DataType type) {
        return number("to", type.getNumber());
    }

    private static Tensor reals(long... dims) {
        return tensor(RandomGenerator::nextGaussian, dims);
    }

    /** Numbers whose sums do not cancel. */
    private static Tensor positive(long... dims) {
        return tensor(random -> random.nextDouble(0.1), dims);
    }

    private static Tensor tensor(ToDoubleFunction<RandomGenerator> numbers, long... dims) {
        Shape shape = Shape.of(dims);
        Random random = new Random(dims[0]);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers.applyAsDouble(random);
        }
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    /** A constant of positive numbers below {@code most}. */
    private static NodeProto halves(TensorProto.DataType type, String name, float most, long... dims) {
        Shape shape = Shape.of(dims);
        int[] bits = new Random(name.hashCode())
                .doubles(shape.elements(), 0, most)
                .mapToInt(value -> type == TensorProto.DataType.FLOAT16
                        ? Float.floatToFloat16((float) value) & 0xFFFF
                        : Float.floatToRawIntBits((float) value) >>> 16)
                .toArray();
        return integers(name, type, shape, bits);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void keepsABlockOfATransformerOnTheGpu(TensorProto.DataType type) {
        PlacementReport report = both.check(
                graph(
                        "x:f[n,t,16]",
                        "y:f[n,t,16] all:f[n,16]",
                        halves(type, "scale", 2, 16),
                        halves(type, "shift", 1, 16),
                        halves(type, "w", 0.2f, 16, 16),
                        halves(type, "b", 1, 16),
                        halves(type, "least", 0.1f),
                        longs("time", 1),
                        node("half = Cast(x)", to(type)),
                        node("normed = LayerNormalization(half, scale, shift)", number("axis", -1)),
                        node("q = MatMul(normed, w)"),
                        node("biased = Add(q, b)"),
                        node("turned = Transpose(biased)", numbers("perm", 0L, 2L, 1L)),
                        node("scores = MatMul(biased, turned)"),
                        node("weights = Softmax(scores)", number("axis", -1)),
                        node("mixed = MatMul(weights, biased)"),
                        node("curved = Softplus(mixed)"),
                        node("positive = Clip(curved, least)"),
                        node("sum = Add(positive, b)"),
                        node("y = Cast(sum)", to(TensorProto.DataType.FLOAT)),
                        node("mean = ReduceMean(sum, time)", number("keepdims", 0)),
                        node("all = Cast(mean)", to(TensorProto.DataType.FLOAT))),
                List.of(List.of(reals(2, 5, 16)), List.of(reals(1, 3, 16))));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void keepsAConvolutionalNetworkOnTheGpu(TensorProto.DataType type) {
        PlacementReport report = both.check(
                graph(
                        "x:f[n,3,9,11]",
                        "y:f[n,5] labels:i[n] large:f[n,8,8,10]",
                        halves(type, "w", 0.3f, 8, 3, 3, 3),
                        halves(type, "bias", 1, 8),
                        halves(type, "d", 1, 8, 1, 3, 3),
                        halves(type, "head", 0.2f, 8, 5),
                        halves(type, "c", 1, 5),
                        halves(type, "one", 1, 8),
                        halves(type, "two", 1, 8),
                        halves(type, "three", 1, 8),
                        halves(type, "four", 1, 8),
                        longs("axis", 0),
                        floats("twice", 1, 1, 2, 2),
                        floats("power", 2),
                        node("half = Cast(x)", to(type)),
                        node("squared = Pow(half, power)"),
                        node("a = Conv(squared, w, bias)", numbers("pads", 1L, 1L, 1L, 1L)),
                        node("n1 = BatchNormalization(a, one, two, three, four)"),
                        node("r = Relu(n1)"),
                        node("dw = Conv(r, d)", number("group", 8), numbers("pads", 1L, 1L, 1L, 1L)),
                        node("p = MaxPool(dw)", numbers("kernel_shape", 2L, 2L), numbers("strides", 2L, 2L)),
                        node("up = Resize(p, , twice)", text("mode", "linear")),
                        node("large = Cast(up)", to(TensorProto.DataType.FLOAT)),
                        node("g = GlobalAveragePool(p)"),
                        node("flat = Flatten(g)"),
                        node("logits = Gemm(flat, head, c)"),
                        node("s = Sigmoid(logits)"),
                        node("y = Cast(s)", to(TensorProto.DataType.FLOAT)),
                        node("labels = ArgMax(logits)", number("axis", 1), number("keepdims", 0))),
                List.of(List.of(reals(2, 3, 9, 11)), List.of(reals(1, 3, 9, 11))));
        assertThat(report.fallenBack()).isEmpty();
    }

    /** Weights either way round, an addend of each shape, both factors, and a product of what is no constant. */
    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void keepsEveryGemmOnTheGpu(TensorProto.DataType type) {
        PlacementReport report = both.checkWithin(
                LAST_PLACE,
                graph(
                        "x:f[n,16] z:f[n,16]",
                        "a:f[n,24] b:f[n,7] c:f[16,24] d:f[n,n]",
                        halves(type, "w", 0.2f, 16, 24),
                        halves(type, "turned", 0.2f, 24, 16),
                        halves(type, "narrow", 0.2f, 7, 24),
                        halves(type, "row", 1, 24),
                        halves(type, "column", 1, 16, 1),
                        halves(type, "one", 1),
                        node("left = Cast(x)", to(type)),
                        node("right = Cast(z)", to(type)),
                        node("p = Gemm(left, turned, row)", number("transB", 1)),
                        node("a = Cast(p)", to(TensorProto.DataType.FLOAT)),
                        node("q = Gemm(p, narrow, one)", number("transB", 1), real("alpha", 0.5f), real("beta", 2)),
                        node("b = Cast(q)", to(TensorProto.DataType.FLOAT)),
                        node("e = Gemm(right, p, column)", number("transA", 1), real("beta", 0.5f)),
                        node("c = Cast(e)", to(TensorProto.DataType.FLOAT)),
                        node("s = Gemm(left, right)", number("transB", 1)),
                        node("absolute = Abs(s)"),
                        node("d = Cast(absolute)", to(TensorProto.DataType.FLOAT))),
                List.of(List.of(positive(5, 16), positive(5, 16)), List.of(positive(1, 16), positive(1, 16))));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    /** A batch on both sides, one that broadcasts, and rows long enough for slices; few and many at a time. */
    @ParameterizedTest
    @EnumSource(
            value = TensorProto.DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void keepsProductsOfBatchesOnTheGpu(TensorProto.DataType type) {
        PlacementReport report = both.check(
                graph(
                        "x:f[n,2,t,1032] z:f[2,1032,8]",
                        "y:f[n,2,t,8] row:f[n,2,8]",
                        halves(type, "w", 0.2f, 2, 8, 8),
                        halves(type, "vector", 0.2f, 1032),
                        node("left = Cast(x)", to(type)),
                        node("right = Cast(z)", to(type)),
                        node("p = MatMul(left, right)"),
                        node("q = MatMul(p, w)"),
                        node("y = Cast(q)", to(TensorProto.DataType.FLOAT)),
                        node("r = MatMul(vector, right)"),
                        longs("axis", 2),
                        node("mean = ReduceMean(q, axis)", number("keepdims", 0)),
                        node("sum = Add(mean, r)"),
                        node("row = Cast(sum)", to(TensorProto.DataType.FLOAT))),
                List.of(
                        List.of(positive(2, 2, 3, 1032), positive(2, 1032, 8)),
                        List.of(positive(1, 2, 1, 1032), positive(2, 1032, 8))));
        assertThat(report.fallenBack()).isEmpty();
    }

    /** A kernel that casts, one that multiplies and one that casts; numbers are not widened in between. */
    @ParameterizedTest
    @ValueSource(strings = {"Gemm(half, w, c)", "MatMul(half, batch)"})
    void multipliesWithOneKernel(String product) {
        GraphProto graph = graph(
                "x:f[n,16]",
                "y:f",
                halves(TensorProto.DataType.FLOAT16, "w", 0.2f, 16, 8),
                halves(TensorProto.DataType.FLOAT16, "batch", 0.2f, 3, 16, 8),
                halves(TensorProto.DataType.FLOAT16, "c", 1, 8),
                node("half = Cast(x)", to(TensorProto.DataType.FLOAT16)),
                node("p = " + product),
                node("y = Cast(p)", to(TensorProto.DataType.FLOAT)));
        assertThat(both.launches(graph, List.of(positive(2, 16)))).isEqualTo(3);
    }

    @Test
    void countsPositionsOfTokensOnTheGpu() {
        PlacementReport report = both.check(
                graph(
                        "tokens:i[n,t]",
                        "positions:i[n,t] lengths:i[n] last:i[n,1]",
                        longs("padding", 1),
                        longs("axis", 1),
                        node("same = Equal(tokens, padding)"),
                        node("other = Not(same)"),
                        node("mask = Cast(other)", to(TensorProto.DataType.INT32)),
                        node("counted = CumSum(mask, axis)"),
                        node("kept = Mul(counted, mask)"),
                        node("wide = Cast(kept)", to(TensorProto.DataType.INT64)),
                        node("positions = Add(wide, padding)"),
                        node("lengths = ReduceSum(wide, axis)", number("keepdims", 0)),
                        node("last = ReduceMax(positions, axis)")),
                List.of(List.of(tokens(3, 7)), List.of(tokens(1, 4))));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    private static Tensor tokens(int n, int t) {
        long[] values = new Random(n).longs((long) n * t, 0, 3).toArray();
        return Tensor.of(DataType.INT64, Shape.of(n, t), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }
}
