package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each fusion is found in the graph an exporter writes, and computes what the graph computed before. */
class OptimizerTest extends GraphCase {
    @Test
    void layerNormalizationSpelledOutBecomesOneNode() {
        Value x = new Value("x");
        Value mean = node("ReduceMean", Map.of("axes", ints(-1)), x);
        Value centred = node("Sub", x, mean);
        Value variance = node("ReduceMean", Map.of("axes", ints(-1)), node("Pow", centred, scalar(2)));
        Value deviation = node("Sqrt", node("Add", variance, scalar(1e-5f)));
        Value scaled = node("Mul", node("Div", centred, deviation), random(8));
        Value y = node("Add", scaled, random(8));
        assertThat(check(x, Shape.of(3, 8), y)).containsExactly("LayerNormalization");
    }

    @Test
    void layerNormalizationAsTensorFlowWritesItBecomesOneNode() {
        Value x = new Value("x");
        Value mean = node("ReduceMean", Map.of("axes", ints(1)), x);
        Value centred = node("Sub", x, mean);
        Value variance = node("ReduceMean", Map.of("axes", ints(1)), node("Mul", centred, centred));
        Value inverse = node("Reciprocal", node("Sqrt", node("Add", variance, scalar(1e-3f))));
        Value factor = node("Mul", inverse, random(8));
        Value moved = node("Sub", random(8), node("Mul", mean, factor));
        assertThat(check(x, Shape.of(3, 8), node("Add", node("Mul", x, factor), moved)))
                .containsExactly("LayerNormalization");
        nodes.removeLast();
        assertThat(check(x, Shape.of(3, 8), node("Add", moved, node("Mul", factor, x))))
                .containsExactly("LayerNormalization");
    }

    @Test
    void aMeanOfOtherNumbersIsNoLayerNormalization() {
        Value x = new Value("x");
        Value mean = node("ReduceMean", Map.of("axes", ints(1)), x);
        Value centred = node("Sub", x, node("ReduceMean", Map.of("axes", ints(1)), node("Tanh", x)));
        Value variance = node("ReduceMean", Map.of("axes", ints(1)), node("Mul", centred, centred));
        Value factor = node("Mul", node("Reciprocal", node("Sqrt", node("Add", variance, scalar(1e-3f)))), random(8));
        Value moved = node("Sub", random(8), node("Mul", mean, factor));
        assertThat(check(x, Shape.of(3, 8), node("Add", node("Mul", x, factor), moved)))
                .doesNotContain("LayerNormalization");
    }

    @Test
    void rootMeanSquaresSpelledOutBecomeOneNodeInEveryForm() {
        Value x = new Value("x");
        Value mean =
                node("Add", node("ReduceMean", Map.of("axes", ints(-1)), node("Pow", x, scalar(2))), scalar(1e-6f));
        Value root = node("Sqrt", mean);
        List<Value> forms = List.of(
                node("Mul", random(8), node("Mul", x, node("Div", scalar(1), root))),
                node("Mul", node("Div", x, root), random(8)),
                node("Mul", x, node("Mul", node("Reciprocal", root), random(8))),
                node("Mul", node("Mul", node("Pow", mean, scalar(-0.5f)), x), random(8)));
        for (Value form : forms) {
            assertThat(check(x, Shape.of(3, 8), form)).containsExactly("RMSNormalization");
        }
    }

    @Test
    void geluSpelledOutBecomesOneNodeInEveryOrder() {
        Value x = new Value("x");
        Value sum = node("Add", node("Erf", node("Div", x, scalar((float) Math.sqrt(2)))), scalar(1));
        Value y = node("Mul", node("Mul", x, sum), scalar(0.5f));
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("Gelu");
        nodes.clear();
        sum = node("Add", node("Erf", node("Mul", x, scalar((float) Math.sqrt(0.5)))), scalar(1));
        y = node("Mul", node("Mul", x, scalar(0.5f)), sum);
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("Gelu");
    }

    @Test
    void productTakesBiasActivationAndResidual() {
        Value x = new Value("x");
        Value product = node("MatMul", x, random(6, 6));
        Value y = node("Add", node("Relu", node("Add", random(6), product)), x);
        assertThat(check(x, Shape.of(2, 3, 6), y)).containsExactly("FusedMatMul");
    }

    @Test
    void productWithoutABiasTakesActivationAndResidual() {
        Value x = new Value("x");
        Value gate = node("Sigmoid", node("MatMul", x, random(6, 6)));
        Value gated = node("Mul", gate, node("MatMul", x, random(6, 6)));
        Value y = node("Add", x, node("MatMul", gated, random(6, 6)));
        assertThat(check(x, Shape.of(2, 3, 6), y)).containsExactly("FusedMatMul", "MatMul", "Mul", "FusedMatMul");
    }

    @Test
    void productKeepsAnActivationThatOthersRead() {
        Value x = new Value("x");
        Value sum = node("Add", node("MatMul", x, random(6, 6)), random(6));
        Value y = node("Mul", node("Relu", sum), sum);
        assertThat(check(x, Shape.of(2, 6), y)).containsExactly("FusedMatMul", "Relu", "Mul");
    }

    @Test
    void geluByTanhSpelledOutBecomesOneNode() {
        Value x = new Value("x");
        Value cubic = node("Mul", node("Mul", scalar(0.044715f), x), node("Mul", x, x));
        Value tanh = node("Tanh", node("Mul", scalar(0.7978846f), node("Add", x, cubic)));
        Value y = node("Mul", x, node("Mul", scalar(0.5f), node("Add", scalar(1), tanh)));
        assertThat(check(x, Shape.of(3, 40), y)).containsExactly("Gelu");
    }

    @Test
    void anotherCubicIsNoGelu() {
        Value x = new Value("x");
        Value cubic = node("Mul", scalar(0.05f), node("Pow", x, scalar(3)));
        Value tanh = node("Tanh", node("Mul", scalar(0.7978846f), node("Add", x, cubic)));
        Value y = node("Mul", x, node("Mul", scalar(0.5f), node("Add", scalar(1), tanh)));
        assertThat(check(x, Shape.of(3, 40), y)).doesNotContain("Gelu").contains("Tanh");
    }

    @Test
    void productsOfProductsWithoutEndAreNoGelu() {
        Value x = new Value("x");
        Value power = x;
        for (int i = 0; i < 64; i++) {
            power = node("Mul", power, power);
        }
        Value y = node("Tanh", node("Mul", scalar(0.7978846f), node("Add", x, power)));
        assertThat(optimized(x, Shape.of(3, 4), y)).contains("Tanh");
    }

    @Test
    void gemmTakesBatchNormalizationAndActivation() {
        Value x = new Value("x");
        Value first = node("Gemm", x, random(5, 7), random(7));
        Value normalised = node("BatchNormalization", first, random(7), random(7), random(7), positive(7));
        Map<String, Attribute> transposed = Map.of("transB", new Attribute.Int(1));
        Value second = node("Gemm", transposed, node("Relu", normalised), random(4, 7));
        Value y = node("BatchNormalization", second, random(4), random(4), random(4), positive(4));
        assertThat(check(x, Shape.of(3, 5), y)).containsExactly("FusedMatMul", "FusedMatMul");
    }

    @Test
    void aGemmWithARowOfRankTwoIsAProduct() {
        Value x = new Value("x");
        assertThat(check(x, Shape.of(3, 5), node("Relu", node("Gemm", x, random(5, 7), random(1, 7)))))
                .containsExactly("FusedMatMul");
    }

    @Test
    void aGemmThatScalesStaysOne() {
        Value x = new Value("x");
        Map<String, Attribute> scaled = Map.of("alpha", new Attribute.Real(0.5f));
        assertThat(check(x, Shape.of(3, 5), node("Gemm", scaled, x, random(5, 7), random(7))))
                .containsExactly("Gemm");
    }

    @Test
    void aBiasMayHaveAxesOfOneInFront() {
        Value x = new Value("x");
        Value y = node("Relu", node("Add", node("MatMul", x, random(5, 7)), random(1, 1, 7)));
        assertThat(check(x, Shape.of(2, 3, 5), y)).containsExactly("FusedMatMul");
    }

    @Test
    void convolutionTakesBatchNormalizationAndActivation() {
        Value x = new Value("x");
        Value conv = node("Conv", Map.of("pads", ints(1, 1, 1, 1)), x, random(4, 3, 3, 3));
        Value normalised = node("BatchNormalization", conv, random(4), random(4), random(4), positive(4));
        Value y = node("Relu", normalised);
        assertThat(check(x, Shape.of(2, 3, 5, 5), y)).containsExactly("Transpose", "ChannelsLastConv", "Transpose");
    }

    @Test
    void batchNormalizationInFrontOfAConvolutionBecomesOneOfOneTap() {
        Value x = new Value("x");
        Value normalised = node("BatchNormalization", x, random(3), random(3), random(3), positive(3));
        Value y = node("Conv", Map.of("pads", ints(1, 1, 1, 1)), node("Relu", normalised), random(4, 3, 3, 3));
        assertThat(check(x, Shape.of(2, 3, 5, 5), y))
                .containsExactly("Transpose", "ChannelsLastConv", "ChannelsLastConv", "Transpose");
        nodes.clear();
        Value line = node("BatchNormalization", x, random(3), random(3), random(3), positive(3));
        assertThat(check(x, Shape.of(2, 3, 9), node("Conv", line, random(4, 3, 2))))
                .doesNotContain("BatchNormalization");
    }

    @Test
    void batchNormalizationThatNoConvolutionReadsStays() {
        Value x = new Value("x");
        Value y = node("Relu", node("BatchNormalization", x, random(3), random(3), random(3), positive(3)));
        assertThat(check(x, Shape.of(2, 3, 5, 5), y)).containsExactly("BatchNormalization", "Relu");
    }

    @Test
    void convolutionsAndProductsTakeASwish() {
        Value x = new Value("x");
        Value conv = node("Conv", x, random(4, 3, 3, 3));
        assertThat(check(x, Shape.of(2, 3, 5, 5), node("Mul", conv, node("Sigmoid", conv))))
                .containsExactly("Transpose", "ChannelsLastConv", "Transpose");
        nodes.clear();
        Value product = node("Add", node("MatMul", x, random(5, 7)), random(7));
        assertThat(check(x, Shape.of(3, 5), node("Mul", product, node("Sigmoid", product))))
                .containsExactly("FusedMatMul");
    }

    @Test
    void swishSpelledOutBecomesOneNode() {
        Value x = new Value("x");
        Value y = node("Mul", node("Sigmoid", x), x);
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("Swish");
    }

    @Test
    void hardSwishSpelledOutBecomesOneNodeInEveryOrder() {
        Value x = new Value("x");
        Value y = node("Div", node("Mul", x, clippedSum(x)), scalar(6));
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("HardSwish");
        nodes.clear();
        y = node("Mul", node("Mul", clippedSum(x), scalar(1 / 6f)), x);
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("HardSwish");
        nodes.clear();
        Value gate = node("HardSigmoid", Map.of("alpha", new Attribute.Real(1 / 6f)), x);
        assertThat(check(x, Shape.of(2, 5), node("Mul", x, gate))).containsExactly("HardSwish");
    }

    private Value clippedSum(Value x) {
        return node("Clip", node("Add", x, scalar(3)), scalar(0), scalar(6));
    }

    @Test
    void anotherGateStaysAsItIs() {
        Value x = new Value("x");
        Value clipped = node("Clip", node("Add", x, scalar(3)), scalar(0), scalar(5));
        Value y = node("Div", node("Mul", x, clipped), scalar(6));
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("Add", "Clip", "Mul", "Div");
    }

    @Test
    void layerNormalizationTakesTheSumInFrontOfIt() {
        Value x = new Value("x");
        Value sum = node("Add", node("Neg", x), x);
        Value y = node("LayerNormalization", node("Add", sum, x), random(8), random(8));
        nodes.replaceAll(node -> node.operator().equals("LayerNormalization")
                ? new Node("", "", node.operator(), 17, node.inputs(), node.outputs(), node.attributes())
                : node);
        assertThat(check(x, Shape.of(3, 8), y)).containsExactly("Neg", "Add", "FusedLayerNormalization");
    }

    @Test
    void selfAttentionSpelledOutBecomesOneProductAndOneAttention() {
        assertThat(selfAttention(12)).containsExactly("FusedMatMul", "FusedSelfAttention");
    }

    @Test
    void productsWithBiasesOfMoreAxesBecomeOneToo() {
        assertThat(selfAttention(1, 1, 12)).containsExactly("FusedMatMul", "FusedSelfAttention");
    }

    /** @param bias the shape of the biases of q, k and v */
    private List<String> selfAttention(long... bias) {
        Value x = new Value("x");
        Value q = heads(x, bias, 0, 2, 1, 3);
        Value k = heads(x, bias, 0, 2, 3, 1);
        Value v = heads(x, bias, 0, 2, 1, 3);
        Value scores = node("Div", node("MatMul", q, k), scalar(2));
        Value weights = node("Softmax", node("Add", scores, random(1, 1, 1, 5)));
        Value joined = node("Transpose", Map.of("perm", ints(0, 2, 1, 3)), node("MatMul", weights, v));
        return check(x, Shape.of(2, 5, 12), node("Reshape", joined, shape(0, 5, 12)));
    }

    private Value heads(Value x, long[] bias, long... permutation) {
        Value projected = node("Add", node("MatMul", x, random(12, 12)), random(bias));
        return node("Transpose", Map.of("perm", ints(permutation)), node("Reshape", projected, shape(0, 5, 3, 4)));
    }

    @Test
    void channelsDealtOutToPartsAreSlices() {
        Value x = new Value("x");
        Value dealt = node("Reshape", x, shape(-1, 3, 20));
        Value traded = node("Transpose", Map.of("perm", ints(1, 0, 2)), dealt);
        Value parts = node("Reshape", traded, shape(3, -1, 2, 4, 5));
        Value first = node("Gather", parts, scalarInteger(0));
        Value last = node("Gather", parts, scalarInteger(-1));
        assertThat(check(x, Shape.of(2, 6, 4, 5), node("Sub", first, last))).containsExactly("Slice", "Slice", "Sub");
    }

    @Test
    void aPartThatThereIsNotIsNoSlice() {
        Value x = new Value("x");
        Value dealt = node("Reshape", x, shape(-1, 3, 20));
        Value traded = node("Transpose", Map.of("perm", ints(1, 0, 2)), dealt);
        Value parts = node("Reshape", traded, shape(3, -1, 2, 4, 5));
        assertThatThrownBy(() -> check(x, Shape.of(2, 6, 4, 5), node("Gather", parts, scalarInteger(3))))
                .hasMessageContaining("Gather");
        assertThat(optimized(x, Shape.of(2, 6, 4, 5), node("Gather", parts, scalarInteger(3))))
                .contains("Gather")
                .doesNotContain("Slice");
    }

    @Test
    void channelsThatStayTogetherAreNoSlices() {
        Value x = new Value("x");
        Value dealt = node("Reshape", x, shape(-1, 3, 40));
        Value traded = node("Transpose", Map.of("perm", ints(1, 0, 2)), dealt);
        Value parts = node("Reshape", traded, shape(3, -1, 2, 4, 5));
        assertThat(check(x, Shape.of(2, 6, 4, 5), node("Gather", parts, scalarInteger(1))))
                .doesNotContain("Slice");
    }

    @Test
    void constantsAreComputedWhileLoading() {
        Value x = new Value("x");
        Value y = node("Add", x, node("Mul", random(4), node("Neg", random(4))));
        assertThat(check(x, Shape.of(2, 4), y)).containsExactly("Add");
    }
}
