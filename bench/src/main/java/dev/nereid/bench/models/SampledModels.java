package dev.nereid.bench.models;

import java.util.List;
import java.util.Random;

/** Pixels read at positions that are computed, and put back to where they came from. */
final class SampledModels {
    private static final int OPERATOR_SET = 20;
    private static final double GOAL = 1.0;

    private static final OperatorFamily GRID = OperatorFamily.of(
            "grid-sample",
            GOAL,
            grid("linear", 3, 128, 128),
            grid("linear", 64, 40, 40),
            grid("linear", 256, 20, 300),
            grid("nearest", 64, 40, 40));

    private static final OperatorFamily PLACED = OperatorFamily.of("placed-back", GOAL, unpool(56), unpool(112));

    private static final OperatorFamily DEFORMED =
            OperatorFamily.of("deformed", GOAL, deformed(32, 32), deformed(64, 20));

    private static final OperatorFamily REGIONS =
            OperatorFamily.of("regions", GOAL, regions(256, 50, 100, 7), regions(256, 50, 20, 14));

    static final List<OperatorFamily> FAMILIES = List.of(GRID, PLACED, DEFORMED, REGIONS);

    private SampledModels() {}

    /** A square picture, sampled at a square of points from the middle on, some of them outside. */
    private static OperatorModel grid(String mode, int channels, int size, int points) {
        return new OperatorModel("%s-%dx%d-%d".formatted(mode, channels, size, points), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String at = graph.node("Mul", graph.input("at", 1, points, points, 2), graph.scalar("reach", 1.1f));
            return graph.model(graph.node(
                    "GridSample", Attributes.NONE.with("mode", mode), graph.input("x", 1, channels, size, size), at));
        });
    }

    /** A pooling and its inverse, as SegNet has them. */
    private static OperatorModel unpool(int size) {
        return new OperatorModel("MaxUnpool-64x" + size, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            Attributes window = Attributes.NONE.with("kernel_shape", 2, 2).with("strides", 2, 2);
            String pooled = graph.nodeOf(2, "MaxPool", window, graph.input("x", 1, 64, size, size));
            return graph.model(graph.node("MaxUnpool", window, pooled, pooled + "_1"));
        });
    }

    private static OperatorModel deformed(int channels, int size) {
        return new OperatorModel(channels + "x" + size, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "DeformConv",
                    Attributes.NONE.with("kernel_shape", 3, 3).with("pads", 1, 1, 1, 1),
                    graph.input("x", 1, channels, size, size),
                    graph.weights("w", 9L * channels, channels, channels, 3, 3),
                    graph.input("offset", 1, 18, size, size),
                    graph.floats("bias", 0.1, channels),
                    graph.input("mask", 1, 9, size, size)));
        });
    }

    /** Means over regions of up to half the square picture, as Mask R-CNN takes them for its two heads. */
    private static OperatorModel regions(int channels, int size, int count, int bins) {
        return new OperatorModel("%dx%d-%dx%d".formatted(channels, size, count, bins), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            Random random = new Random(count);
            float[] corners = new float[4 * count];
            for (int at = 0; at < corners.length; at += 4) {
                corners[at] = random.nextFloat(0, 0.6f * size);
                corners[at + 1] = random.nextFloat(0, 0.6f * size);
                corners[at + 2] = corners[at] + random.nextFloat(1, 0.5f * size);
                corners[at + 3] = corners[at + 1] + random.nextFloat(1, 0.5f * size);
            }
            String rows = graph.node("Reshape", graph.list("corners", corners), graph.list("shape", count, 4L));
            return graph.model(graph.node(
                    "RoiAlign",
                    Attributes.NONE
                            .with("output_height", bins)
                            .with("output_width", bins)
                            .with("sampling_ratio", 2),
                    graph.input("x", 1, channels, size, size),
                    rows,
                    graph.integers("items", new long[count], count)));
        });
    }
}
