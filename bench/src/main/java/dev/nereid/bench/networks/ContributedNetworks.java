package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Layers of language models of ONNX Runtime's own operators, as its tools write them. */
final class ContributedNetworks {
    private static final int WIDTH = 768;
    private static final int HEADS = 12;
    private static final int SHARED_HEADS = 4;
    private static final int SIZE = WIDTH / HEADS;
    private static final int LAYERS = 2;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "contributed",
            Networks.GOAL,
            new OperatorModel("four-bits-1", () -> gated(1, NBitProducts::rounded)),
            new OperatorModel("four-bits-64", () -> gated(64, NBitProducts::rounded)),
            new OperatorModel("four-bits-exact-1", () -> gated(1, NBitProducts::exact)),
            new OperatorModel("four-bits-exact-64", () -> gated(64, NBitProducts::exact)),
            new OperatorModel("four-bits-dequantised-1", () -> gated(1, NBitProducts::dequantised)),
            new OperatorModel("four-bits-dequantised-64", () -> gated(64, NBitProducts::dequantised)),
            new OperatorModel("eight-bits-1", () -> gated(1, NBitProducts::eightBits)),
            new OperatorModel("eight-bits-64", () -> gated(64, NBitProducts::eightBits)),
            new OperatorModel("eight-bits-dequantised-1", () -> gated(1, NBitProducts::dequantisedBytes)),
            new OperatorModel("eight-bits-dequantised-64", () -> gated(64, NBitProducts::dequantisedBytes)),
            new OperatorModel("two-bits-1", () -> gated(1, NBitProducts::twoBits)),
            new OperatorModel("two-bits-64", () -> gated(64, NBitProducts::twoBits)),
            new OperatorModel("four-bits-ordered-1", () -> gated(1, NBitProducts::ordered)),
            new OperatorModel("four-bits-ordered-64", () -> gated(64, NBitProducts::ordered)),
            new OperatorModel("codebook-1", () -> gated(1, NBitProducts::codebook)),
            new OperatorModel("codebook-64", () -> gated(64, NBitProducts::codebook)),
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

    private static ModelProto gated(int tokens, NBitProducts.Product product) {
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
