package dev.nereid.bench.operators;

import dev.nereid.bench.models.Attributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpertsTest {
    private static final int EXPERTS = 4;
    private static final int HIDDEN = 32;
    private static final int INNER = 64;
    private static final int TOKENS = 7;

    private static Attributes attributes(String activation, int k, int normalize) {
        Attributes attributes = Attributes.NONE
                .with("activation_type", activation)
                .with("k", k)
                .with("normalize_routing_weights", normalize);
        return activation.equals("swiglu") ? attributes.with("swiglu_fusion", 1) : attributes;
    }

    private static int units(String activation) {
        return activation.equals("swiglu") ? 2 * INNER : INNER;
    }

    private static NodeCase floats(Attributes attributes, String activation) {
        return NodeCase.microsoft("MoE")
                .with(attributes)
                .input(Data.floats(1, TOKENS, HIDDEN))
                .input(Data.floats(2, TOKENS, EXPERTS))
                .input(Data.floats(3, EXPERTS, units(activation), HIDDEN))
                .input(Data.floats(4, EXPERTS, units(activation)))
                .input(Data.floats(5, EXPERTS, HIDDEN, INNER))
                .input(Data.floats(6, EXPERTS, HIDDEN))
                .constants(4);
    }

    @ParameterizedTest
    @CsvSource({"relu, 1, 0", "gelu, 2, 0", "silu, 2, 1", "identity, 4, 0", "swiglu, 2, 1", "swiglu, 1, 0"})
    void expertsAreMixed(String activation, int k, int normalize) {
        floats(attributes(activation, k, normalize), activation).agrees(2e-5);
    }

    @Test
    void gatesHaveParameters() {
        Attributes attributes = attributes("swiglu", 2, 1)
                .withFloat("activation_alpha", 1.702f)
                .withFloat("activation_beta", 1f)
                .withFloat("swiglu_limit", 0.5f);
        floats(attributes, "swiglu").agrees(2e-5);
    }

    @Test
    void equalScoresAreOrdered() {
        NodeCase.microsoft("MoE")
                .with(attributes("relu", 2, 0))
                .input(Data.floats(1, 2, 3, HIDDEN))
                .input(Data.of(DataType.FP32, i -> i % 3, 6, EXPERTS))
                .input(Data.floats(3, EXPERTS, INNER, HIDDEN))
                .absent()
                .input(Data.floats(5, EXPERTS, HIDDEN, INNER))
                .agrees(2e-5);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        NodeCase.microsoft("MoE")
                .with(attributes("relu", 2, 0))
                .input(Data.floats(1, TOKENS, HIDDEN))
                .input(Data.floats(2, TOKENS, EXPERTS))
                .input(Data.floats(3, EXPERTS, INNER, HIDDEN + 1))
                .absent()
                .input(Data.floats(5, EXPERTS, HIDDEN, INNER))
                .isRefused("mixture of experts", "[4,64,33]", "[4,32,64]");
        NodeCase.microsoft("MoE")
                .with(attributes("relu", 2, 0))
                .input(Data.floats(1, TOKENS, HIDDEN))
                .input(Data.floats(2, TOKENS - 1, EXPERTS))
                .input(Data.floats(3, EXPERTS, INNER, HIDDEN))
                .absent()
                .input(Data.floats(5, EXPERTS, HIDDEN, INNER))
                .isRefused("mixture of experts", "input 1", "[7,4]", "[6,4]");
        floats(attributes("relu", EXPERTS + 1, 0), "relu").isRefused("k of at most 4", "got 5");
    }

    private static Tensor scales(long seed, long... dims) {
        double[] values = Data.values(Data.floats(seed, dims));
        return Data.of(DataType.FP32, i -> 0.02 + 0.01 * values[i], dims);
    }

    private static NodeCase fewBits(String activation, int bits, int block, boolean points) {
        int perByte = 8 / bits;
        Attributes attributes = attributes(activation, 2, 1).with("expert_weight_bits", bits);
        NodeCase node = NodeCase.microsoft("QMoE")
                .with(block == 0 ? attributes : attributes.with("block_size", block))
                .input(Data.floats(1, TOKENS, HIDDEN))
                .input(Data.floats(2, TOKENS, EXPERTS))
                .input(Data.bytes(3, EXPERTS, units(activation), HIDDEN / perByte))
                .input(
                        block == 0
                                ? scales(4, EXPERTS, units(activation))
                                : scales(4, EXPERTS, units(activation), HIDDEN / block))
                .input(Data.floats(5, EXPERTS, units(activation)))
                .input(Data.bytes(6, EXPERTS, HIDDEN, INNER / perByte))
                .input(block == 0 ? scales(7, EXPERTS, HIDDEN) : scales(7, EXPERTS, HIDDEN, INNER / block))
                .input(Data.floats(8, EXPERTS, HIDDEN));
        if (points) {
            node.absent().absent().absent();
            node.input(
                    block == 0
                            ? Data.bytes(9, EXPERTS, units(activation) / perByte)
                            : Data.bytes(9, EXPERTS, units(activation), ceil(HIDDEN / block, perByte)));
            node.input(
                    block == 0
                            ? Data.bytes(10, EXPERTS, HIDDEN / perByte)
                            : Data.bytes(10, EXPERTS, HIDDEN, ceil(INNER / block, perByte)));
        }
        return node.constants(points ? 8 : 6);
    }

    private static int ceil(int dividend, int divisor) {
        return Math.ceilDiv(dividend, divisor);
    }

    @ParameterizedTest
    @CsvSource({
        "swiglu, 4, 0, false",
        "silu, 4, 16, false",
        "relu, 8, 0, false",
        "swiglu, 4, 0, true",
        "gelu, 8, 0, true",
        "silu, 4, 16, true",
        "relu, 2, 0, false"
    })
    void expertsOfFewBitsAreMixed(String activation, int bits, int block, boolean points) {
        fewBits(activation, bits, block, points).agrees(1e-3);
    }

    @Test
    void scalesOfOtherShapesAreRefused() {
        NodeCase.microsoft("QMoE")
                .with(attributes("relu", 2, 1).with("expert_weight_bits", 4))
                .input(Data.floats(1, TOKENS, HIDDEN))
                .input(Data.floats(2, TOKENS, EXPERTS))
                .input(Data.bytes(3, EXPERTS, INNER, HIDDEN / 2))
                .input(scales(4, EXPERTS, INNER - 1))
                .absent()
                .input(Data.bytes(6, EXPERTS, HIDDEN, INNER / 2))
                .input(scales(7, EXPERTS, HIDDEN))
                .isRefused("scales", "[4,64]", "[4,63]");
    }
}
