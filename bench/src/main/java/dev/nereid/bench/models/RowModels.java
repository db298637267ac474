package dev.nereid.bench.models;

import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What is done to rows and elements, within the second cache. */
final class RowModels {
    /** The first with RMSNormalization. */
    private static final int OPERATOR_SET = 23;

    private static final double GOAL = 1.5;

    /** What is done to the last axis of {@code x}, which has {@code columns}; returns the name of the result. */
    private interface Rows {
        String of(GraphWriter graph, String x, int columns);
    }

    static final List<OperatorFamily> FAMILIES = List.of(
            family("layer-norm", RowModels::layerNorm, size(16, 384), size(128, 384), size(128, 768)),
            family("rms-norm", RowModels::rmsNorm, size(16, 384), size(128, 384), size(128, 768)),
            family("gelu", (graph, x, _) -> graph.node("Gelu", x), size(16, 1536), size(64, 1536)),
            family("silu", RowModels::silu, size(16, 1536), size(64, 1536)),
            family("tanh", (graph, x, _) -> graph.node("Tanh", x), size(16, 384), size(64, 1536)),
            family("sigmoid", (graph, x, _) -> graph.node("Sigmoid", x), size(16, 384), size(64, 1536)),
            family(
                    "softmax",
                    (graph, x, _) -> graph.node("Softmax", x),
                    size(192, 16),
                    size(128, 128),
                    size(128, 1024)),
            OperatorFamily.of(
                    "reduction",
                    GOAL,
                    reduce("ReduceMean", List.of(1), size(128, 768)),
                    reduce("ReduceSum", List.of(0), size(128, 768)),
                    reduce("ReduceMax", List.of(1, 2), size(64, 56, 56))),
            OperatorFamily.of(
                    "reduction-apart",
                    1.0,
                    reduce("ReduceMean", List.of(0, 2), size(8, 64, 784)),
                    reduce("ReduceSum", List.of(0, 2), size(64, 32, 16)),
                    reduce("ReduceMax", List.of(1, 3), size(4, 32, 28, 28)),
                    reduce("ReduceMean", List.of(0, 2), size(64, 32, 128))),
            OperatorFamily.of(
                    "reduction-narrow",
                    1.0,
                    along(1, "ReduceMean", 4096, 16),
                    along(0, "ReduceMean", 4096, 16),
                    along(1, "ReduceMean", 1024, 64),
                    along(1, "ReduceMax", 4096, 16),
                    along(1, "ReduceSum", 2000, 100),
                    along(0, "ReduceSum", 4096, 3),
                    along(1, "ReduceL2", 4096, 3)),
            OperatorFamily.of(
                    "running-total",
                    1.0,
                    runningTotal(1, 1, 512, 64),
                    runningTotal(2, 8, 16, 80, 80),
                    runningTotal(1, 64, 512),
                    runningTotal(0, 8192),
                    runningTotal(1, 8, 256, 384),
                    runningTotal(2, 8, 256, 384),
                    runningTotal(1, 64, 48, 12),
                    positions(8, 512)));

    private RowModels() {}

    private static int[] size(int... dims) {
        return dims;
    }

    private static OperatorFamily family(String name, Rows rows, int[]... sizes) {
        return OperatorFamily.of(
                name,
                GOAL,
                Stream.of(sizes).map(dims -> model(text(dims), rows, dims)).toArray(OperatorModel[]::new));
    }

    private static String layerNorm(GraphWriter graph, String x, int columns) {
        return graph.node(
                "LayerNormalization", x, graph.floats("scale", 1, columns), graph.floats("shift", 1, columns));
    }

    private static String rmsNorm(GraphWriter graph, String x, int columns) {
        return graph.node("RMSNormalization", x, graph.floats("scale", 1, columns));
    }

    private static String silu(GraphWriter graph, String x, int columns) {
        return graph.node("Mul", x, graph.node("Sigmoid", x));
    }

    private static OperatorModel reduce(String operator, List<Integer> axes, int... dims) {
        return model(
                operator + "-" + text(dims),
                (graph, x, _) -> graph.node(operator, x, graph.list("axes", longs(axes))),
                dims);
    }

    private static OperatorModel along(int axis, String operator, int... dims) {
        return model(
                operator + "-along-" + axis + "-of-" + text(dims),
                (graph, x, _) -> graph.node(operator, x, graph.list("axes", (long) axis)),
                dims);
    }

    private static OperatorModel runningTotal(int axis, int... dims) {
        return model(
                "axis-" + axis + "-" + text(dims),
                (graph, x, _) -> graph.node("CumSum", x, graph.scalarInteger("axis", axis)),
                dims);
    }

    /** The positions of tokens among those that count, as texts with padding have them. */
    private static OperatorModel positions(int texts, int tokens) {
        return new OperatorModel("integers-" + text(texts, tokens), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    DataType.INT64,
                    graph.node(
                            "CumSum", graph.input(DataType.INT64, "x", texts, tokens), graph.scalarInteger("axis", 1)));
        });
    }

    private static OperatorModel model(String name, Rows rows, int... dims) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String x = graph.input("x", longs(dims));
            return graph.model(rows.of(graph, x, dims[dims.length - 1]));
        });
    }

    private static long[] longs(int... dims) {
        return Arrays.stream(dims).asLongStream().toArray();
    }

    private static long[] longs(List<Integer> values) {
        return values.stream().mapToLong(value -> value).toArray();
    }

    private static String text(int... dims) {
        return String.join("x", Arrays.stream(dims).mapToObj(Integer::toString).toList());
    }
}
