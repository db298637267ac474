package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import java.util.Arrays;

/** Writes the layers of networks for images as PyTorch exports them: channels first, normalisation folded into filters. */
final class ImageLayers extends Layers {
    private static final int OPERATOR_SET = 17;

    ImageLayers() {
        super(OPERATOR_SET);
    }

    /** An image of three colours. */
    String image(int batch, int size) {
        return graph.input("image", batch, 3, size, size);
    }

    /** How the window of a convolution moves over rows and columns alike. */
    static Attributes window(int kernel, int stride, int pad, int groups) {
        return Attributes.NONE
                .with("dilations", 1, 1)
                .with("group", groups)
                .with("kernel_shape", kernel, kernel)
                .with("pads", pad, pad, pad, pad)
                .with("strides", stride, stride);
    }

    /** A convolution that keeps an image's size, or divides it by the stride. */
    String conv(String x, int channels, int filters, int kernel, int stride) {
        return conv(x, channels, filters, kernel, stride, 1);
    }

    String conv(String x, int channels, int filters, int kernel, int stride, int groups) {
        long sums = Math.max(1, (long) channels / groups * kernel * kernel / 2);
        return graph.node(
                "Conv",
                window(kernel, stride, kernel / 2, groups),
                x,
                graph.weights(name("w"), sums, filters, channels / groups, kernel, kernel),
                graph.floats(name("b"), 0.1, filters));
    }

    /** Patches that do not overlap, as large as the stride. */
    String patches(String x, int channels, int filters, int size) {
        return graph.node(
                "Conv",
                window(size, size, 0, 1),
                x,
                graph.weights(name("w"), (long) channels * size * size, filters, channels, size, size),
                graph.floats(name("b"), 0.1, filters));
    }

    /** Twice as many rows and columns. */
    String convTransposed(String x, int channels, int filters, int kernel) {
        return graph.node(
                "ConvTranspose",
                window(kernel, 2, (kernel - 2) / 2, 1),
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
        Arrays.fill(ones, 1);
        return ones;
    }

    String hardSwish(String x) {
        return graph.node("HardSwish", x);
    }

    /** Images whose channels lie one behind the other. */
    String join(String... inputs) {
        return concat(1, inputs);
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

    /** The means of all channels, and a layer over them. */
    String classify(String x, int channels, int classes) {
        String means = graph.node("Flatten", Attributes.NONE.with("axis", 1), graph.node("GlobalAveragePool", x));
        return gemm(means, channels, classes);
    }
}
