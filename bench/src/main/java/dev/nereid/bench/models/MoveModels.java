package dev.nereid.bench.models;

import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** What moves elements and computes nothing. */
final class MoveModels {
    private static final int OPERATOR_SET = 20;
    private static final double GOAL = 1.0;

    /** What is done to {@code x}; returns the name of the result. */
    interface Move {
        String of(GraphWriter graph, String x);
    }

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "moves",
                    GOAL,
                    spaceToDepth(),
                    move("Trilu-8x128x128", (graph, x) -> graph.node("Trilu", x), 8, 128, 128),
                    move("Trilu-1x1024x1024", (graph, x) -> graph.node("Trilu", x), 1, 1024, 1024),
                    tile(List.of(4L, 1L), 128, 384),
                    tile(List.of(1L, 4L), 128, 384),
                    tile(List.of(1L, 1L, 2L, 2L), 1, 16, 40, 40),
                    tile(List.of(1L, 8L), 512, 8),
                    gathered(1, 100, 128, 1000),
                    gathered(0, 128, 384, 384),
                    gathered(2, 40, 8, 512, 512),
                    reflected(64, 56, 3),
                    reflected(3, 224, 16),
                    reversed(64, 16, 64),
                    reversed(128, 8, 512)),
            OperatorFamily.of(
                    "transpose-of-bytes",
                    GOAL,
                    transpose(DataType.UINT8, List.of(2L, 0L, 1L), 224, 224, 3),
                    transpose(DataType.UINT8, List.of(1L, 2L, 0L), 3, 224, 224),
                    transpose(DataType.UINT8, List.of(0L, 3L, 1L, 2L), 4, 112, 112, 3),
                    transpose(DataType.UINT8, List.of(2L, 0L, 1L), 224, 224, 4),
                    transpose(DataType.UINT8, List.of(1L, 0L), 512, 384),
                    transpose(DataType.UINT8, List.of(2L, 0L, 1L), 56, 56, 64),
                    transpose(DataType.UINT8, List.of(1L, 2L, 0L), 64, 56, 56)));

    private MoveModels() {}

    static OperatorModel move(String name, Move move, long... dims) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(move.of(graph, graph.input("x", dims)));
        });
    }

    private static OperatorModel spaceToDepth() {
        return move(
                "SpaceToDepth-16x128x128",
                (graph, x) -> graph.node("SpaceToDepth", Attributes.NONE.with("blocksize", 2), x),
                1,
                16,
                128,
                128);
    }

    static OperatorModel tile(List<Long> repeats, long... dims) {
        return move(
                "Tile-" + text(dims) + "-by-" + text(longs(repeats)),
                (graph, x) -> graph.node("Tile", x, graph.list("repeats", longs(repeats))),
                dims);
    }

    /** {@code count} elements of each row along an axis. */
    static OperatorModel gathered(int axis, long count, long... dims) {
        return move(
                "GatherElements-" + count + "-along-" + axis + "-of-" + text(dims),
                (graph, x) -> {
                    long[] picked = dims.clone();
                    picked[axis] = count;
                    long elements = LongStream.of(picked).reduce(1, Math::multiplyExact);
                    long[] places =
                            new Random(count).longs(elements, 0, dims[axis]).toArray();
                    return graph.node(
                            "GatherElements",
                            Attributes.NONE.with("axis", axis),
                            x,
                            graph.integers("places", places, picked));
                },
                dims);
    }

    private static OperatorModel reflected(int channels, int size, long edge) {
        return move(
                "Pad-reflect-%dx%dp%d".formatted(channels, size, edge),
                (graph, x) -> graph.node(
                        "Pad",
                        Attributes.NONE.with("mode", "reflect"),
                        x,
                        graph.list("edges", 0, 0, edge, edge, 0, 0, edge, edge)),
                1,
                channels,
                size,
                size);
    }

    private static OperatorModel reversed(int steps, int batch, int width) {
        return move(
                "ReverseSequence-" + text(steps, batch, width),
                (graph, x) -> graph.node(
                        "ReverseSequence",
                        Attributes.NONE.with("time_axis", 0).with("batch_axis", 1),
                        x,
                        graph.list(
                                "lengths",
                                new Random(steps).longs(batch, 1, steps + 1).toArray())),
                steps,
                batch,
                width);
    }

    private static OperatorModel transpose(DataType type, List<Long> order, long... dims) {
        return new OperatorModel(text(dims) + "-" + text(longs(order)), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    type,
                    graph.node("Transpose", Attributes.NONE.with("perm", longs(order)), graph.input(type, "x", dims)));
        });
    }

    static long[] longs(List<Long> values) {
        return values.stream().mapToLong(value -> value).toArray();
    }

    static String text(long... dims) {
        return String.join("x", Arrays.stream(dims).mapToObj(Long::toString).toList());
    }
}
