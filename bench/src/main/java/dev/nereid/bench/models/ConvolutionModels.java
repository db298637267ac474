package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/**
 * Convolutions of one image with ReLU, in chains where their shapes allow it: inside a model nobody lays out an image anew
 * between two of them, and the cost of that at both ends of a graph would be all that single ones show.
 */
final class ConvolutionModels {
    private static final int OPERATOR_SET = 21;

    /**
     * A layer.
     *
     * @param kernel rows and columns of a window
     */
    private record Layer(int channels, int filters, int kernel, int stride, int groups, int dilation) {
        /** A layer that leaves an image as large as it is. */
        static Layer same(int channels, int kernel) {
            return new Layer(channels, channels, kernel, 1, 1, 1);
        }

        static Layer wide(int channels, int filters) {
            return new Layer(channels, filters, 1, 1, 1, 1);
        }

        static Layer strided(int channels, int filters, int kernel) {
            return new Layer(channels, filters, kernel, 2, 1, 1);
        }

        static Layer depthwise(int channels, int kernel, int stride) {
            return grouped(channels, kernel, stride, channels);
        }

        static Layer grouped(int channels, int kernel, int stride, int groups) {
            return new Layer(channels, channels, kernel, stride, groups, 1);
        }

        Layer dilated(int times) {
            return new Layer(channels, filters, kernel, stride, groups, times);
        }
    }

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "conv1x1",
                    1.0,
                    chain("256-64x56", 56, Layer.wide(256, 64), Layer.wide(64, 256), Layer.wide(256, 64)),
                    chain("512-128x28", 28, Layer.wide(512, 128), Layer.wide(128, 512), Layer.wide(512, 128)),
                    chain("1024-256x14", 14, Layer.wide(1024, 256), Layer.wide(256, 1024), Layer.wide(1024, 256)),
                    chain("24-144x56", 56, Layer.wide(24, 144), Layer.wide(144, 24), Layer.wide(24, 144))),
            OperatorFamily.of(
                    "conv3x3-direct",
                    1.0,
                    chain("64-128x112s2", 112, Layer.strided(64, 128, 3)),
                    chain("128-256x56s2", 56, Layer.strided(128, 256, 3)),
                    chain(
                            "64x28d2",
                            28,
                            Layer.same(64, 3).dilated(2),
                            Layer.same(64, 3).dilated(2),
                            Layer.same(64, 3).dilated(2))),
            new OperatorFamily(
                    "conv3x3-winograd",
                    2.3,
                    1.8,
                    List.of(
                            same(32, 112),
                            same(64, 56),
                            same(128, 28),
                            same(256, 14),
                            same(64, 28),
                            same(512, 14),
                            same(512, 28))),
            OperatorFamily.of(
                    "depthwise",
                    1.0,
                    depthwise(64, 56, 3),
                    depthwise(128, 56, 3),
                    depthwise(256, 28, 3),
                    depthwise(128, 28, 5),
                    chain(
                            "64x112k3s2",
                            112,
                            Layer.depthwise(64, 3, 2),
                            Layer.depthwise(64, 3, 2),
                            Layer.depthwise(64, 3, 2))),
            OperatorFamily.of(
                    "stem",
                    1.0,
                    chain("3-64x224k7s2", 224, Layer.strided(3, 64, 7)),
                    chain("3-32x224k3s2", 224, Layer.strided(3, 32, 3))),
            OperatorFamily.of(
                    "grouped",
                    1.0,
                    chain(
                            "128x56g32",
                            56,
                            Layer.grouped(128, 3, 1, 32),
                            Layer.grouped(128, 3, 1, 32),
                            Layer.grouped(128, 3, 1, 32)),
                    chain(
                            "64x56g4",
                            56,
                            Layer.grouped(64, 3, 1, 4),
                            Layer.grouped(64, 3, 1, 4),
                            Layer.grouped(64, 3, 1, 4))),
            OperatorFamily.of("transposed", 1.0, transposed(64, 32, 56, 2), transposed(128, 64, 28, 4)));

    private ConvolutionModels() {}

    private static OperatorModel same(int channels, int size) {
        Layer layer = Layer.same(channels, 3);
        return chain("%dx%d".formatted(channels, size), size, layer, layer, layer, layer);
    }

    private static OperatorModel depthwise(int channels, int size, int kernel) {
        Layer layer = Layer.depthwise(channels, kernel, 1);
        return chain("%dx%dk%d".formatted(channels, size, kernel), size, layer, layer, layer);
    }

    private static OperatorModel chain(String name, int size, Layer... layers) {
        return new OperatorModel(name, () -> graph(size, layers));
    }

    private static ModelProto graph(int size, Layer... layers) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String x = graph.input("x", 1, layers[0].channels, size, size);
        for (int place = 0; place < layers.length; place++) {
            x = graph.node("Relu", convolution(graph, x, place, layers[place]));
        }
        return graph.model(x);
    }

    private static String convolution(GraphWriter graph, String x, int place, Layer layer) {
        int kernel = layer.kernel;
        int channels = layer.channels / layer.groups;
        int pad = kernel / 2 * layer.dilation;
        return graph.node(
                "Conv",
                Attributes.NONE
                        .with("kernel_shape", kernel, kernel)
                        .with("strides", layer.stride, layer.stride)
                        .with("dilations", layer.dilation, layer.dilation)
                        .with("group", layer.groups)
                        .with("pads", pad, pad, pad, pad),
                x,
                graph.weights(
                        "w" + place, (long) channels * kernel * kernel / 2, layer.filters, channels, kernel, kernel),
                graph.floats("b" + place, 0.1, layer.filters));
    }

    /** Twice as many rows and columns. */
    private static OperatorModel transposed(int channels, int filters, int size, int kernel) {
        return new OperatorModel("%d-%dx%dk%ds2".formatted(channels, filters, size, kernel), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            int pad = kernel / 2 - 1;
            String y = graph.node(
                    "ConvTranspose",
                    Attributes.NONE
                            .with("kernel_shape", kernel, kernel)
                            .with("strides", 2, 2)
                            .with("pads", pad, pad, pad, pad),
                    graph.input("x", 1, channels, size, size),
                    graph.weights("w", channels, channels, filters, kernel, kernel));
            return graph.model(graph.node("Relu", y));
        });
    }
}
