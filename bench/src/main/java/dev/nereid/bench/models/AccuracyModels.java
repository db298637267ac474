package dev.nereid.bench.models;

import java.util.List;
import java.util.function.Function;

/** Layers whose rounding errors are measured: each kind of sum of products, with biases of several sizes, and what follows it. */
public final class AccuracyModels {
    private static final int OPERATOR_SET = 20;
    private static final int SIZE = 24;

    /** A convolution of [1, channels, SIZE, SIZE]. */
    private record Convolution(int channels, int filters, int groups, int kernel, int stride, int dilation) {}

    public static final List<OperatorFamily> ALL = List.of(
            OperatorFamily.of(
                    "convolution",
                    1,
                    convolution("3x3", 0.1, new Convolution(64, 64, 1, 3, 1, 1)),
                    convolution("3x3-bias10", 10, new Convolution(64, 64, 1, 3, 1, 1)),
                    convolution("3x3-bias1000", 1000, new Convolution(64, 48, 1, 3, 1, 1)),
                    convolution("3x3s2-bias10", 10, new Convolution(48, 96, 1, 3, 2, 1)),
                    convolution("1x1-bias10", 10, new Convolution(256, 64, 1, 1, 1, 1)),
                    convolution("1x1-bias1000", 1000, new Convolution(96, 24, 1, 1, 1, 1)),
                    convolution("5x5-bias10", 10, new Convolution(16, 24, 1, 5, 1, 1)),
                    convolution("7x7s2-bias10", 10, new Convolution(3, 32, 1, 7, 2, 1)),
                    convolution("dilated-bias10", 10, new Convolution(33, 40, 1, 3, 1, 2)),
                    convolution("grouped-bias10", 10, new Convolution(64, 64, 16, 3, 1, 1)),
                    convolution("grouped4-bias10", 10, new Convolution(64, 96, 4, 3, 1, 1)),
                    convolution("depthwise3x3-bias10", 10, new Convolution(64, 64, 64, 3, 1, 1)),
                    convolution("depthwise5x5-bias1000", 1000, new Convolution(48, 48, 48, 5, 1, 1)),
                    convolution("depthwise3x3s2-bias10", 10, new Convolution(20, 20, 20, 3, 2, 1)),
                    model("1d-bias10", AccuracyModels::oneAxis),
                    model("3d-bias10", AccuracyModels::threeAxes),
                    model("transposed-bias10", graph -> transposed(graph, 1)),
                    model("transposed-grouped-bias10", graph -> transposed(graph, 4)),
                    model("normalised", AccuracyModels::normalised)),
            OperatorFamily.of(
                    "product",
                    1,
                    model("gemm-c10", graph -> gemm(graph, 33, 384, 130)),
                    model("gemv-c10", graph -> gemm(graph, 1, 768, 512)),
                    model("long", graph -> product(graph, 17, 4096, 65)),
                    model("matmul", graph -> product(graph, 64, 384, 384))),
            OperatorFamily.of(
                    "rows",
                    1,
                    model("softmax", graph -> graph.node("Softmax", scaled(graph, 16, 257))),
                    model("layernorm", AccuracyModels::layerNorm),
                    model("gelu", graph -> graph.node("Gelu", scaled(graph, 16, 257))),
                    model("reducemean", graph -> graph.node("ReduceMean", graph.input("x", 64, 1000))),
                    model("instancenorm", AccuracyModels::instanceNorm),
                    model("attention", AccuracyModels::attention)),
            OperatorFamily.of(
                    "recurrent",
                    1,
                    model("lstm-bias10", graph -> recurrent(graph, "LSTM", 4)),
                    model("gru-bias10", graph -> recurrent(graph, "GRU", 3))));

    private AccuracyModels() {}

    private static OperatorModel model(String name, Function<GraphWriter, String> layers) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(layers.apply(graph));
        });
    }

    private static OperatorModel convolution(String name, double bias, Convolution layer) {
        return model(name, graph -> {
            int channels = layer.channels / layer.groups;
            int kernel = layer.kernel;
            int pad = kernel / 2 * layer.dilation;
            return graph.node(
                    "Conv",
                    Attributes.NONE
                            .with("strides", layer.stride, layer.stride)
                            .with("dilations", layer.dilation, layer.dilation)
                            .with("group", layer.groups)
                            .with("pads", pad, pad, pad, pad),
                    graph.input("x", 1, layer.channels, SIZE, SIZE),
                    graph.weights("w", (long) channels * kernel * kernel, layer.filters, channels, kernel, kernel),
                    graph.floats("b", bias, layer.filters));
        });
    }

    private static String oneAxis(GraphWriter graph) {
        return graph.node(
                "Conv",
                Attributes.NONE.with("pads", 2, 2),
                graph.input("x", 1, 40, 200),
                graph.weights("w", 200, 64, 40, 5),
                graph.floats("b", 10, 64));
    }

    private static String threeAxes(GraphWriter graph) {
        return graph.node(
                "Conv",
                Attributes.NONE.with("pads", 1, 1, 1, 1, 1, 1),
                graph.input("x", 1, 16, 6, 10, 10),
                graph.weights("w", 16 * 27, 24, 16, 3, 3, 3),
                graph.floats("b", 10, 24));
    }

    private static String transposed(GraphWriter graph, int groups) {
        return graph.node(
                "ConvTranspose",
                Attributes.NONE.with("strides", 2, 2).with("pads", 1, 1, 1, 1).with("group", groups),
                graph.input("x", 1, 32, 12, 12),
                graph.weights("w", 32 * 4 / groups, 32, 24 / groups, 4, 4),
                graph.floats("b", 10, 24));
    }

    /** A batch norm that an optimiser folds into the convolution before it. */
    private static String normalised(GraphWriter graph) {
        String x = graph.node(
                "Conv",
                Attributes.NONE.with("pads", 1, 1, 1, 1),
                graph.input("x", 1, 32, SIZE, SIZE),
                graph.weights("w", 32 * 9, 48, 32, 3, 3));
        String one = graph.node("Constant", Attributes.NONE.withFloat("value_float", 1.5f));
        String variance = graph.node("Add", graph.floats("variance", 1, 48), one);
        return graph.node(
                "BatchNormalization",
                x,
                graph.floats("scale", 2, 48),
                graph.floats("b", 10, 48),
                graph.floats("mean", 10, 48),
                variance);
    }

    private static String gemm(GraphWriter graph, int rows, int sums, int columns) {
        return graph.node(
                "Gemm",
                Attributes.NONE.with("transB", 1),
                graph.input("x", rows, sums),
                graph.weights("w", sums, columns, sums),
                graph.floats("c", 10, columns));
    }

    private static String product(GraphWriter graph, int rows, int sums, int columns) {
        String x = graph.input("x", rows, sums);
        return graph.node(
                "Add",
                graph.node("MatMul", x, graph.weights("w", sums, sums, columns)),
                graph.floats("b", 10, columns));
    }

    /** Numbers between -10 and 10. */
    private static String scaled(GraphWriter graph, long... dims) {
        String centred = graph.node("Sub", graph.input("x", dims), graph.scalar("half", 0.5f));
        return graph.node("Mul", centred, graph.scalar("twenty", 20));
    }

    private static String layerNorm(GraphWriter graph) {
        return graph.node(
                "LayerNormalization",
                scaled(graph, 24, 384),
                graph.floats("scale", 2, 384),
                graph.floats("b", 10, 384));
    }

    private static String instanceNorm(GraphWriter graph) {
        return graph.node(
                "InstanceNormalization",
                scaled(graph, 2, 16, SIZE, SIZE),
                graph.floats("scale", 2, 16),
                graph.floats("b", 10, 16));
    }

    private static String attention(GraphWriter graph) {
        String q = graph.input("q", 1, 4, 50, 32);
        String k = graph.node("Transpose", Attributes.NONE.with("perm", 0, 1, 3, 2), graph.input("k", 1, 4, 50, 32));
        String scores = graph.node("Mul", graph.node("MatMul", q, k), graph.scalar("scale", 0.5f));
        String weights = graph.node("Softmax", Attributes.NONE.with("axis", -1), scores);
        return graph.node("MatMul", weights, graph.input("v", 1, 4, 50, 32));
    }

    private static String recurrent(GraphWriter graph, String operator, int gates) {
        long hidden = 40;
        long inputs = 24;
        Attributes attributes = Attributes.NONE.with("hidden_size", hidden);
        return graph.node(
                operator,
                operator.equals("GRU") ? attributes.with("linear_before_reset", 1) : attributes,
                graph.input("x", 12, 3, inputs),
                graph.weights("w", inputs, 1, gates * hidden, inputs),
                graph.weights("r", hidden, 1, gates * hidden, hidden),
                graph.floats("b", 10, 1, 2L * gates * hidden));
    }
}
