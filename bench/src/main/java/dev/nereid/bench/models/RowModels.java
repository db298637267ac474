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
            family("gated-chain", RowModels::gate, size(16, 384), size(128, 384)),
            family("residual-chain", RowModels::residual, size(16, 384), size(128, 384)),
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
            family("hardmax", (graph, x, _) -> graph.node("Hardmax", x), size(128, 128), size(4096, 10)),
            OperatorFamily.of("is-nan", 1.0, isNan(64, 512)),
            OperatorFamily.of(
                    "log-softmax",
                    1.0,
                    logSoftmax(-1, 128, 128),
                    logSoftmax(-1, 1, 32_000),
                    logSoftmax(-1, 400, 29),
                    logSoftmax(-1, 4096, 10),
                    logSoftmax(-1, 1024, 64),
                    logSoftmax(1, 1, 21, 4096)),
            OperatorFamily.of(
                    "transpose",
                    GOAL,
                    transpose(List.of(1, 0), size(384, 384)),
                    transpose(List.of(1, 0, 2), size(128, 12, 32)),
                    transpose(List.of(1, 2, 0), size(64, 56, 56))));

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

    /** {@code x * sigmoid(x * scale + shift)}. */
    private static String gate(GraphWriter graph, String x, int columns) {
        String scaled = graph.node("Mul", x, graph.floats("scale", 1, columns));
        String shifted = graph.node("Add", scaled, graph.floats("shift", 1, columns));
        return graph.node("Mul", x, graph.node("Sigmoid", shifted));
    }

    /** {@code x + relu(x * scale - shift)}. */
    private static String residual(GraphWriter graph, String x, int columns) {
        String scaled = graph.node("Mul", x, graph.floats("scale", 1, columns));
        String shifted = graph.node("Sub", scaled, graph.floats("shift", 1, columns));
        return graph.node("Add", x, graph.node("Relu", shifted));
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

    private static OperatorModel isNan(int... dims) {
        return new OperatorModel(text(dims), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(DataType.BOOL, graph.node("IsNaN", graph.input("x", longs(dims))));
        });
    }

    private static OperatorModel logSoftmax(int axis, int... dims) {
        return model(
                text(dims), (graph, x, _) -> graph.node("LogSoftmax", Attributes.NONE.with("axis", axis), x), dims);
    }

    private static OperatorModel transpose(List<Integer> order, int... dims) {
        return model(
                text(dims),
                (graph, x, _) -> graph.node("Transpose", Attributes.NONE.with("perm", longs(order)), x),
                dims);
    }

    private static OperatorModel model(String name, Rows rows, int... dims) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String x = graph.input("x", longs(dims));
            return graph.model(rows.of(graph, x, dims[dims.length - 1]));
        });
    }

    static long[] longs(int... dims) {
        return Arrays.stream(dims).asLongStream().toArray();
    }

    private static long[] longs(List<Integer> values) {
        return values.stream().mapToLong(value -> value).toArray();
    }

    static String text(int... dims) {
        return String.join("x", Arrays.stream(dims).mapToObj(Integer::toString).toList());
    }
}
