package dev.nereid.bench.models;

import java.util.List;

/** Pooling and resizing of one image; images come and go with the channels first. */
final class PixelModels {
    private static final int OPERATOR_SET = 21;

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "pooling",
                    1.0,
                    pool("MaxPool", 64, 112, 3, 2),
                    pool("MaxPool", 64, 56, 2, 2),
                    pool("AveragePool", 128, 28, 3, 1),
                    pool("MaxPool", 64, 56, 14, 14),
                    pool("AveragePool", 64, 56, 14, 14),
                    pool("AveragePool", 32, 64, 11, 1),
                    whole(1280, 7)),
            OperatorFamily.of("resize", 1.0, resize("nearest", 64, 40), resize("linear", 64, 40)));

    private PixelModels() {}

    private static OperatorModel pool(String operator, int channels, int size, int kernel, int stride) {
        return new OperatorModel("%s-%dx%dk%ds%d".formatted(operator, channels, size, kernel, stride), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            int pad = kernel % 2;
            return graph.model(graph.node(
                    operator,
                    Attributes.NONE
                            .with("kernel_shape", kernel, kernel)
                            .with("strides", stride, stride)
                            .with("pads", pad, pad, pad, pad),
                    graph.input("x", 1, channels, size, size)));
        });
    }

    private static OperatorModel whole(int channels, int size) {
        return new OperatorModel("GlobalAveragePool-%dx%d".formatted(channels, size), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node("GlobalAveragePool", graph.input("x", 1, channels, size, size)));
        });
    }

    /** Twice as many rows and columns. */
    private static OperatorModel resize(String mode, int channels, int size) {
        return new OperatorModel("%s-%dx%d".formatted(mode, channels, size), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "Resize",
                    Attributes.NONE
                            .with("mode", mode)
                            .with("coordinate_transformation_mode", "asymmetric")
                            .with("nearest_mode", "floor"),
                    graph.input("x", 1, channels, size, size),
                    "",
                    graph.list("scales", 1F, 1F, 2F, 2F)));
        });
    }
}
