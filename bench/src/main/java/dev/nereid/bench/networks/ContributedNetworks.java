package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Layers of language models of ONNX Runtime's own operators, as its tools write them. */
final class ContributedNetworks {
    private static final int BLOCK = 32;
    private static final int WIDTH = 768;
    private static final int HEADS = 12;
    private static final int SHARED_HEADS = 4;
    private static final int SIZE = WIDTH / HEADS;
    private static final int LAYERS = 2;

    /** A product with weights of few bits, a scale for each {@link #BLOCK} of a column. */
    @FunctionalInterface
    private interface Product {
        String of(Layers layers, String x, int from, int to);
    }

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "contributed",
            Networks.GOAL,
            new OperatorModel("four-bits-1", () -> gated(1, ContributedNetworks::rounded)),
            new OperatorModel("four-bits-64", () -> gated(64, ContributedNetworks::rounded)),
            new OperatorModel("four-bits-exact-1", () -> gated(1, ContributedNetworks::exact)),
            new OperatorModel("four-bits-exact-64", () -> gated(64, ContributedNetworks::exact)),
            new OperatorModel("four-bits-dequantised-1", () -> gated(1, ContributedNetworks::dequantised)),
            new OperatorModel("four-bits-dequantised-64", () -> gated(64, ContributedNetworks::dequantised)),
            new OperatorModel("eight-bits-1", () -> gated(1, ContributedNetworks::eightBits)),
            new OperatorModel("eight-bits-64", () -> gated(64, ContributedNetworks::eightBits)),
            new OperatorModel("grouped-after512", () -> grouped(1, 512)),
            new OperatorModel("grouped-prompt64", () -> grouped(64, 0)),
            new OperatorModel("bert-1x128", () -> bert(128))));

    private ContributedNetworks() {}

    private static String normalized(Layers layers, String x, String skip) {
        return layers.graph()
                .contributedOf(
                        4,
                        "SkipSimplifiedLayerNormalization",
                        Attributes.NONE.withFloat("epsilon", 1e-5f),
                        x,
                        skip,
                        layers.floats(WIDTH));
    }

    /** Whose left side may be rounded to bytes. */
    private static String rounded(Layers layers, String x, int from, int to) {
        return product(layers, 4, 4, x, from, to);
    }

    private static String exact(Layers layers, String x, int from, int to) {
        return product(layers, 4, 0, x, from, to);
    }

    /** With weights of eight bits. */
    private static String eightBits(Layers layers, String x, int from, int to) {
        return product(layers, 8, 4, x, from, to);
    }

    private static String product(Layers layers, int bits, int level, String x, int from, int to) {
        return layers.graph()
                .contributed(
                        "MatMulNBits",
                        Attributes.NONE
                                .with("K", from)
                                .with("N", to)
                                .with("bits", bits)
                                .with("block_size", BLOCK)
                                .with("accuracy_level", level),
                        x,
                        layers.graph()
                                .randomBytes(DataType.UINT8, layers.name("q"), to, from / BLOCK, BLOCK * bits / 8),
                        layers.graph().floats(layers.name("scales"), 0.3 / (1 << bits), (long) to * from / BLOCK));
    }

    /** As ONNX alone writes it. */
    private static String dequantised(Layers layers, String x, int from, int to) {
        String weights = layers.graph()
                .node(
                        "DequantizeLinear",
                        Attributes.NONE.with("axis", 0).with("block_size", BLOCK),
                        layers.graph().randomFourBits(DataType.INT4, layers.name("q"), from, to),
                        layers.graph().floats(layers.name("scales"), 0.02, from / BLOCK, to));
        return layers.node("MatMul", x, weights);
    }

    private static ModelProto gated(int tokens, Product product) {
        Layers layers = new Layers(21);
        int inner = 3 * WIDTH;
        String x = layers.graph().input("x", 1, tokens, WIDTH);
        String sum = layers.graph().input("skip", 1, tokens, WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String y = normalized(layers, x, sum);
            sum = y + "_3";
            String gate = layers.silu(product.of(layers, y, WIDTH, inner));
            x = product.of(layers, layers.node("Mul", gate, product.of(layers, y, WIDTH, inner)), inner, WIDTH);
        }
        return layers.graph().model(layers.add(x, sum));
    }

    private static ModelProto grouped(int tokens, int past) {
        Layers layers = new Layers(17);
        int shared = SHARED_HEADS * SIZE;
        int places = 1024;
        String x = layers.graph().input("x", 1, tokens, WIDTH);
        String sum = layers.graph().input("skip", 1, tokens, WIDTH);
        String last = layers.graph().shortIntegers("last", past + tokens - 1);
        String all = layers.graph().scalarShortInteger("all", past + tokens);
        for (int layer = 0; layer < LAYERS; layer++) {
            String y = normalized(layers, x, sum);
            sum = y + "_3";
            String attention = layers.graph()
                    .contributedOf(
                            3,
                            "GroupQueryAttention",
                            Attributes.NONE
                                    .with("num_heads", HEADS)
                                    .with("kv_num_heads", SHARED_HEADS)
                                    .with("do_rotary", 1),
                            layers.matMul(y, WIDTH, WIDTH),
                            layers.matMul(y, WIDTH, shared),
                            layers.matMul(y, WIDTH, shared),
                            layers.graph().input("past_key" + layer, 1, SHARED_HEADS, past, SIZE),
                            layers.graph().input("past_value" + layer, 1, SHARED_HEADS, past, SIZE),
                            last,
                            all,
                            layers.floats(places, SIZE / 2),
                            layers.floats(places, SIZE / 2));
            layers.graph().output(DataType.FLOAT, attention + "_1");
            layers.graph().output(DataType.FLOAT, attention + "_2");
            x = layers.matMul(attention, WIDTH, WIDTH);
        }
        return layers.graph().model(layers.add(x, sum));
    }

    private static ModelProto bert(int tokens) {
        Layers layers = new Layers(17);
        int inner = 4 * WIDTH;
        String x = layers.graph().input("x", 1, tokens, WIDTH);
        String mask = layers.graph().input(DataType.INT32, "mask", 1, tokens);
        for (int layer = 0; layer < LAYERS; layer++) {
            String attention = layers.graph()
                    .contributed(
                            "Attention",
                            Attributes.NONE.with("num_heads", HEADS),
                            x,
                            layers.weights(WIDTH, WIDTH, 3 * WIDTH),
                            layers.floats(3 * WIDTH),
                            mask);
            x = added(layers, layers.matMul(attention, WIDTH, WIDTH), x);
            String gelu = layers.graph()
                    .contributed("BiasGelu", Attributes.NONE, layers.matMul(x, WIDTH, inner), layers.floats(inner));
            x = added(layers, layers.matMul(gelu, inner, WIDTH), x);
        }
        return layers.graph().model(x);
    }

    private static String added(Layers layers, String x, String skip) {
        return layers.graph()
                .contributed(
                        "SkipLayerNormalization",
                        Attributes.NONE.withFloat("epsilon", 1e-12f),
                        x,
                        skip,
                        layers.floats(WIDTH),
                        layers.floats(WIDTH),
                        layers.floats(WIDTH));
    }
}
