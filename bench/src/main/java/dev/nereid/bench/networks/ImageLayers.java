package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.GraphWriter;

/** Writes the layers of networks for images as PyTorch exports them: channels first, normalisation folded into filters. */
final class ImageLayers {
    private static final int OPERATOR_SET = 17;

    private final GraphWriter graph = new GraphWriter(OPERATOR_SET);
    private int count;

    GraphWriter graph() {
        return graph;
    }

    /** An image of three colours. */
    String image(int batch, int size) {
        return graph.input("image", batch, 3, size, size);
    }

    private String name(String kind) {
        return kind + count++;
    }

    /** A convolution that keeps an image's size, or divides it by the stride. */
    String conv(String x, int channels, int filters, int kernel, int stride) {
        return conv(x, channels, filters, kernel, stride, 1);
    }

    String conv(String x, int channels, int filters, int kernel, int stride, int groups) {
        int pad = kernel / 2;
        long sums = Math.max(1, (long) channels / groups * kernel * kernel / 2);
        return graph.node(
                "Conv",
                Attributes.NONE
                        .with("dilations", 1, 1)
                        .with("group", groups)
                        .with("kernel_shape", kernel, kernel)
                        .with("pads", pad, pad, pad, pad)
                        .with("strides", stride, stride),
                x,
                graph.weights(name("w"), sums, filters, channels / groups, kernel, kernel),
                graph.floats(name("b"), 0.1, filters));
    }

    /** Patches that do not overlap, as large as the stride. */
    String patches(String x, int channels, int filters, int size) {
        return graph.node(
                "Conv",
                Attributes.NONE
                        .with("dilations", 1, 1)
                        .with("group", 1)
                        .with("kernel_shape", size, size)
                        .with("pads", 0, 0, 0, 0)
                        .with("strides", size, size),
                x,
                graph.weights(name("w"), (long) channels * size * size, filters, channels, size, size),
                graph.floats(name("b"), 0.1, filters));
    }

    /** Twice as many rows and columns. */
    String convTransposed(String x, int channels, int filters, int kernel) {
        int pad = (kernel - 2) / 2;
        return graph.node(
                "ConvTranspose",
                Attributes.NONE
                        .with("dilations", 1, 1)
                        .with("group", 1)
                        .with("kernel_shape", kernel, kernel)
                        .with("pads", pad, pad, pad, pad)
                        .with("strides", 2, 2),
                x,
                graph.weights(name("w"), (long) channels * kernel * kernel / 8, channels, filters, kernel, kernel),
                graph.floats(name("b"), 0.1, filters));
    }

    /** Normalisation that could not be folded, for no convolution comes before it. */
    String batchNormalization(String x, int channels) {
        return graph.node(
                "BatchNormalization",
                Attributes.NONE.withFloat("epsilon", 1e-5f),
                x,
                graph.floats(name("scale"), 1, channels),
                graph.floats(name("shift"), 0.1, channels),
                graph.floats(name("mean"), 0.1, channels),
                graph.list(name("variance"), ones(channels)));
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }

    String relu(String x) {
        return graph.node("Relu", x);
    }

    String silu(String x) {
        return graph.node("Mul", x, graph.node("Sigmoid", x));
    }

    String hardSwish(String x) {
        return graph.node("HardSwish", x);
    }

    /** By the error function, as exporters write it out. */
    String gelu(String x) {
        String scaled = graph.node("Div", x, graph.scalar(name("root"), (float) Math.sqrt(2)));
        String sum = graph.node("Add", graph.node("Erf", scaled), graph.scalar(name("one"), 1f));
        return graph.node("Mul", graph.node("Mul", x, sum), graph.scalar(name("half"), 0.5f));
    }

    String add(String x, String y) {
        return graph.node("Add", x, y);
    }

    String concat(String... inputs) {
        return graph.node("Concat", Attributes.NONE.with("axis", 1), inputs);
    }

    String maxPool(String x, int kernel, int stride, int pad) {
        return graph.node(
                "MaxPool",
                Attributes.NONE
                        .with("ceil_mode", 0)
                        .with("kernel_shape", kernel, kernel)
                        .with("pads", pad, pad, pad, pad)
                        .with("strides", stride, stride),
                x);
    }

    String averagePool(String x, int kernel, int stride) {
        return graph.node(
                "AveragePool",
                Attributes.NONE.with("kernel_shape", kernel, kernel).with("strides", stride, stride),
                x);
    }

    /** Twice as many rows and columns, each cell repeated. */
    String upsample(String x) {
        return graph.node(
                "Resize",
                Attributes.NONE
                        .with("coordinate_transformation_mode", "asymmetric")
                        .with("mode", "nearest")
                        .with("nearest_mode", "floor"),
                x,
                "",
                graph.list(name("scales"), 1f, 1f, 2f, 2f));
    }

    /** Weighs channels by their means. */
    String squeezeExcite(String x, int channels, int squeezed, boolean hard) {
        String mean = graph.node("GlobalAveragePool", x);
        String first = conv(mean, channels, squeezed, 1, 1);
        String second = conv(hard ? relu(first) : silu(first), squeezed, channels, 1, 1);
        String weights = hard
                ? graph.node("HardSigmoid", Attributes.NONE.withFloat("alpha", 1f / 6), second)
                : graph.node("Sigmoid", second);
        return graph.node("Mul", weights, x);
    }

    /** A layer over the last axis. */
    String linear(String x, int from, int to) {
        String product = graph.node("MatMul", x, graph.weights(name("w"), from, from, to));
        return graph.node("Add", graph.floats(name("b"), 0.1, to), product);
    }

    String layerNormalization(String x, int channels) {
        return graph.node(
                "LayerNormalization",
                Attributes.NONE.with("axis", -1).withFloat("epsilon", 1e-6f),
                x,
                graph.floats(name("scale"), 1, channels),
                graph.floats(name("shift"), 0.1, channels));
    }

    String transpose(String x, long... order) {
        return graph.node("Transpose", Attributes.NONE.with("perm", order), x);
    }

    String reshape(String x, long... dims) {
        return graph.node("Reshape", x, graph.list(name("shape"), dims));
    }

    /** The means of all channels, and a layer over them. */
    String classify(String x, int channels, int classes) {
        String means = graph.node("Flatten", Attributes.NONE.with("axis", 1), graph.node("GlobalAveragePool", x));
        return gemm(means, channels, classes);
    }

    String gemm(String x, int from, int to) {
        return graph.node(
                "Gemm",
                Attributes.NONE.withFloat("alpha", 1).withFloat("beta", 1).with("transB", 1),
                x,
                graph.weights(name("w"), from, to, from),
                graph.floats(name("b"), 0.1, to));
    }

    /** Parts of an axis, of these lengths; the name of the first, the others are that with {@code _1}, {@code _2} behind. */
    String split(String x, int axis, long... lengths) {
        return graph.nodeOf(
                lengths.length, "Split", Attributes.NONE.with("axis", axis), x, graph.list(name("split"), lengths));
    }
}
