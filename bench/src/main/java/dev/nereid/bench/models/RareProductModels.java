package dev.nereid.bench.models;

import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Products of other numbers than floats, and rotary embeddings by themselves. */
final class RareProductModels {
    private static final int OPERATOR_SET = 23;

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "integer-product",
                    1.0,
                    product(DataType.INT32, 128, 384, 384),
                    product(DataType.INT32, 64, 64, 64),
                    product(DataType.INT64, 128, 384, 384),
                    product(DataType.INT64, 1, 64, 64)),
            OperatorFamily.of(
                    "double-product",
                    1.0,
                    product(DataType.DOUBLE, 256, 30, 10),
                    product(DataType.DOUBLE, 256, 256, 256),
                    product(DataType.DOUBLE, 1, 256, 256)),
            OperatorFamily.of(
                    "int8-computed",
                    1.0,
                    bytes(DataType.UINT8, 128, 384, 384),
                    bytes(DataType.INT8, 128, 384, 384),
                    bytes(DataType.UINT8, 128, 64, 128)),
            OperatorFamily.of(
                    "rotary",
                    1.0,
                    contributed(1, 12, 128, 64, 0),
                    contributed(1, 32, 128, 128, 0),
                    contributed(1, 32, 1, 128, 0),
                    contributed(1, 12, 128, 64, 1),
                    rotary(1, 12, 128, 64, 0),
                    rotary(1, 12, 128, 64, 1)));

    private RareProductModels() {}

    private static OperatorModel product(DataType type, int rows, int sums, int columns) {
        return new OperatorModel("%s-%dx%dx%d".formatted(type, rows, sums, columns), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    type,
                    graph.node("MatMul", graph.input(type, "x", rows, sums), graph.input(type, "w", sums, columns)));
        });
    }

    /** Two factors of bytes, neither of them a constant. */
    private static OperatorModel bytes(DataType right, int rows, int sums, int columns) {
        return new OperatorModel("%s-%dx%dx%d".formatted(right, rows, sums, columns), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    DataType.INT32,
                    graph.node(
                            "MatMulInteger",
                            graph.input(DataType.UINT8, "x", rows, sums),
                            graph.input(right, "w", sums, columns)));
        });
    }

    private static OperatorModel contributed(int batch, int heads, int tokens, int size, int interleaved) {
        return new OperatorModel(name("microsoft", heads, tokens, size, interleaved), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.contributed(
                    "RotaryEmbedding",
                    Attributes.NONE.with("interleaved", interleaved),
                    graph.input("x", batch, heads, tokens, size),
                    graph.integers("first", new long[] {0}, 1),
                    graph.floats("cosines", 1, 2L * tokens, size / 2),
                    graph.floats("sines", 1, 2L * tokens, size / 2)));
        });
    }

    private static OperatorModel rotary(int batch, int heads, int tokens, int size, int interleaved) {
        return new OperatorModel(name("onnx", heads, tokens, size, interleaved), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            long[] positions = new long[batch * tokens];
            for (int at = 0; at < positions.length; at++) {
                positions[at] = at % tokens;
            }
            return graph.model(graph.node(
                    "RotaryEmbedding",
                    Attributes.NONE.with("interleaved", interleaved),
                    graph.input("x", batch, heads, tokens, size),
                    graph.floats("cosines", 1, 2L * tokens, size / 2),
                    graph.floats("sines", 1, 2L * tokens, size / 2),
                    graph.integers("positions", positions, batch, tokens)));
        });
    }

    private static String name(String domain, int heads, int tokens, int size, int interleaved) {
        return "%s-%dx%dx%d%s".formatted(domain, heads, tokens, size, interleaved == 1 ? "-interleaved" : "");
    }
}
