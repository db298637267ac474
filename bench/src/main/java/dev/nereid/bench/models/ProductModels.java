package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Products of floats with constant weights. */
final class ProductModels {
    private static final int OPERATOR_SET = 21;

    /** Rows, sums, columns: the layers of MiniLM and of BERT, and squares; one row, as in the last layer of a classifier. */
    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "gemm",
                    1.0,
                    product(16, 384, 1536),
                    product(16, 1536, 384),
                    product(128, 384, 384),
                    product(128, 384, 1536),
                    product(128, 768, 3072),
                    product(256, 256, 256),
                    product(512, 512, 512)),
            OperatorFamily.of("gemv", 1.0, product(1, 384, 384), product(1, 768, 3072), product(1, 1280, 1000)));

    private ProductModels() {}

    private static OperatorModel product(int rows, int sums, int columns) {
        return new OperatorModel("%dx%dx%d".formatted(rows, sums, columns), () -> graph(rows, sums, columns));
    }

    private static ModelProto graph(int rows, int sums, int columns) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String x = graph.input("x", rows, sums);
        String product = graph.node("MatMul", x, graph.weights("w", sums, sums, columns));
        return graph.model(graph.node("Add", product, graph.floats("b", 1, columns)));
    }
}
