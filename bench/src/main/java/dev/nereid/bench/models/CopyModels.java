package dev.nereid.bench.models;

import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** What copies elements to other places: once, several times, some of them, or those that indices name. */
final class CopyModels {
    private static final int OPERATOR_SET = 20;
    private static final double GOAL = 1.0;

    /** What is done to {@code x}; returns the name of the result. */
    private interface Move {
        String of(GraphWriter graph, String x);
    }

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "repeating-pads",
                    GOAL,
                    padded("reflect", 1, 3, 224),
                    padded("reflect", 3, 3, 224),
                    padded("reflect", 1, 64, 56),
                    padded("reflect", 3, 64, 56),
                    padded("edge", 1, 3, 224),
                    padded("edge", 1, 64, 56),
                    padded("wrap", 3, 64, 56),
                    padded("reflect", 1, 256, 14),
                    padded("reflect", 16, 3, 224)),
            OperatorFamily.of(
                    "repeats",
                    GOAL,
                    tiled(List.of(1L, 1L, 32L), 1, 64, 1),
                    tiled(List.of(1L, 4L), 128, 8),
                    tiled(List.of(1L, 64L, 1L), 8, 1, 384),
                    tiled(List.of(4L, 1L), 128, 384),
                    tiled(List.of(1L, 4L), 128, 384),
                    tiled(List.of(1L, 1L, 2L, 2L), 1, 16, 40, 40),
                    tiled(List.of(1L, 8L), 512, 8),
                    expanded(List.of(64L, 128L, 128L), 64, 1, 128),
                    expanded(List.of(64L, 128L, 128L), 64, 128, 1),
                    expanded(List.of(8L, 4L, 128L, 64L), 8, 1, 128, 64),
                    hot(128, 1000),
                    hot(4096, 10)),
            OperatorFamily.of(
                    "slices",
                    GOAL,
                    sliced("every-second-row", 2, 0, 1, 64, 112, 112),
                    sliced("every-second", 2, 0, 2, 64, 112, 112),
                    sliced("every-third", 3, 0, 2, 64, 112, 112),
                    sliced("backwards", -1, Long.MAX_VALUE, 2, 64, 112, 112),
                    cut(128, 768, 256),
                    cut(4096, 16, 4),
                    joined(4096, 4, 4),
                    joined(4096, 1, 1),
                    joined(128, 384, 384),
                    joined(1936, 24, 24),
                    joined(484, 48, 48),
                    joined(484, 96, 96),
                    split(128, 3, 384),
                    split(4096, 4, 3)),
            OperatorFamily.of(
                    "picks",
                    GOAL,
                    picked(2, 768, 8, 128, 768),
                    picked(1, 128, 8, 128, 768),
                    picked(1, 64, 32, 1000),
                    picked(1, 100, 128, 1000),
                    picked(0, 128, 384, 384),
                    picked(2, 40, 8, 512, 512),
                    put(2, 768, 8, 128, 768),
                    put(1, 128, 8, 128, 768),
                    chosen("Where-columns", List.of(64L, 512L), List.of(64L, 1L)),
                    chosen("Where-rows", List.of(64L, 512L), List.of(1L, 512L)),
                    masked(8, 12, 128)));

    private CopyModels() {}

    private static OperatorModel move(String name, Move move, long... dims) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(move.of(graph, graph.input("x", dims)));
        });
    }

    private static OperatorModel tiled(List<Long> repeats, long... dims) {
        return move(
                "Tile-" + text(dims) + "-by-" + text(longs(repeats)),
                (graph, x) -> graph.node("Tile", x, graph.list("repeats", longs(repeats))),
                dims);
    }

    /** {@code count} elements of each row along an axis. */
    private static OperatorModel picked(int axis, long count, long... dims) {
        return move(
                "GatherElements-" + count + "-along-" + axis + "-of-" + text(dims),
                (graph, x) -> {
                    long[] picked = with(dims, axis, count);
                    return graph.node(
                            "GatherElements",
                            Attributes.NONE.with("axis", axis),
                            x,
                            graph.integers("places", places(count, dims[axis], picked), picked));
                },
                dims);
    }

    private static OperatorModel padded(String mode, long edge, long channels, long size) {
        return move(
                "Pad-%s-%dx%dp%d".formatted(mode, channels, size, edge),
                (graph, x) -> graph.node(
                        "Pad",
                        Attributes.NONE.with("mode", mode),
                        x,
                        graph.list("edges", 0, 0, edge, edge, 0, 0, edge, edge)),
                1,
                channels,
                size,
                size);
    }

    private static OperatorModel expanded(List<Long> shape, long... dims) {
        long[] target = longs(shape);
        return move(
                "Expand-" + text(dims) + "-to-" + text(target),
                (graph, x) -> graph.node("Expand", x, graph.list("dims", target)),
                dims);
    }

    /** Of classes one is hot. */
    private static OperatorModel hot(long count, long classes) {
        return new OperatorModel("OneHot-%dx%d".formatted(count, classes), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "OneHot",
                    graph.input(DataType.INT64, "x", count),
                    graph.scalarInteger("classes", classes),
                    graph.list("values", 0F, 1F)));
        });
    }

    private static OperatorModel sliced(String name, long step, long start, int axis, long... dims) {
        return move(
                "Slice-" + name + "-" + text(dims),
                (graph, x) -> graph.node(
                        "Slice",
                        x,
                        graph.list("start", start),
                        graph.list("end", step < 0 ? Long.MIN_VALUE : Long.MAX_VALUE),
                        graph.list("axis", (long) axis),
                        graph.list("step", step)),
                dims);
    }

    /** The middle of each row. */
    private static OperatorModel cut(long rows, long width, long length) {
        return move(
                "Slice-%d-of-%dx%d".formatted(length, rows, width),
                (graph, x) -> graph.node(
                        "Slice",
                        x,
                        graph.list("start", (width - length) / 2),
                        graph.list("end", (width + length) / 2),
                        graph.list("axis", 1L)),
                rows,
                width);
    }

    /** Rows next to each other. */
    private static OperatorModel joined(long rows, long left, long right) {
        return new OperatorModel("Concat-%dx%d-%d".formatted(rows, left, right), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "Concat",
                    Attributes.NONE.with("axis", 1),
                    graph.input("x", rows, left),
                    graph.input("y", rows, right)));
        });
    }

    private static OperatorModel split(long rows, int parts, long width) {
        return move(
                "Split-%dx%dx%d".formatted(rows, parts, width),
                (graph, x) -> {
                    String split = graph.nodeOf(
                            parts, "Split", Attributes.NONE.with("axis", 1).with("num_outputs", parts), x);
                    for (int part = 1; part < parts; part++) {
                        graph.output(DataType.FLOAT, split + "_" + part);
                    }
                    return split;
                },
                rows,
                parts * width);
    }

    /** As many updates along an axis, each at a place of its own. */
    private static OperatorModel put(int axis, long count, long... dims) {
        return move(
                "ScatterElements-" + count + "-along-" + axis + "-of-" + text(dims),
                (graph, x) -> {
                    long[] updated = with(dims, axis, count);
                    return graph.node(
                            "ScatterElements",
                            Attributes.NONE.with("axis", axis),
                            x,
                            graph.integers("places", places(count, dims[axis], updated), updated),
                            graph.input("updates", updated));
                },
                dims);
    }

    private static long[] with(long[] dims, int axis, long count) {
        long[] changed = dims.clone();
        changed[axis] = count;
        return changed;
    }

    /** Random places below {@code bound}, as many as there are elements in {@code dims}. */
    private static long[] places(long seed, long bound, long... dims) {
        long elements = LongStream.of(dims).reduce(1, Math::multiplyExact);
        return new Random(seed).longs(elements, 0, bound).toArray();
    }

    /** Elements of a matrix where they are to be, and else those of a row or a column. */
    private static OperatorModel chosen(String name, List<Long> dims, List<Long> other) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "Where",
                    graph.input(DataType.BOOL, "holds", longs(dims)),
                    graph.input("x", longs(dims)),
                    graph.input("other", longs(other))));
        });
    }

    /** Scores of which a mask of keys leaves some. */
    private static OperatorModel masked(long batch, long heads, long tokens) {
        return new OperatorModel("Where-scores-%dx%dx%d".formatted(batch, heads, tokens), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "Where",
                    graph.input(DataType.BOOL, "holds", batch, 1, 1, tokens),
                    graph.input("x", batch, heads, tokens, tokens),
                    graph.scalar("least", -1e9f)));
        });
    }

    private static long[] longs(List<Long> values) {
        return values.stream().mapToLong(value -> value).toArray();
    }

    private static String text(long... dims) {
        return String.join("x", Arrays.stream(dims).mapToObj(Long::toString).toList());
    }
}
