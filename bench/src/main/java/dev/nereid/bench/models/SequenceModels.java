package dev.nereid.bench.models;

import java.util.List;

/** Attention, and layers that step through time. */
final class SequenceModels {
    private static final int OPERATOR_SET = 21;
    private static final int STEPS = 32;

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "attention",
                    1.5,
                    attention(1, 12, 16, 32),
                    attention(1, 12, 128, 32),
                    attention(1, 12, 128, 64),
                    attention(8, 12, 128, 64),
                    attention(8, 12, 512, 64)),
            OperatorFamily.of("lstm", 1.2, lstm(1, 64, 128), lstm(8, 64, 128), lstm(1, 256, 256), lstm(8, 256, 256)),
            OperatorFamily.of("gru", 1.2, gru(1, 64, 128), gru(8, 64, 128), gru(1, 256, 256), gru(8, 256, 256)));

    private SequenceModels() {}

    /** ONNX Runtime's own fused operator, which is its fastest. */
    private static OperatorModel attention(int batch, int heads, int tokens, int width) {
        return new OperatorModel("%dx%dx%dx%d".formatted(batch, heads, tokens, width), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            long hidden = (long) heads * width;
            return graph.model(graph.contributed(
                    "MultiHeadAttention",
                    Attributes.NONE.with("num_heads", heads),
                    graph.input("query", batch, tokens, hidden),
                    graph.input("key", batch, tokens, hidden),
                    graph.input("value", batch, tokens, hidden)));
        });
    }

    private static OperatorModel lstm(int batch, int width, int hidden) {
        return recurrent("LSTM", 4, Attributes.NONE, batch, width, hidden);
    }

    /** With the recurrent bias inside the gate, as PyTorch exports it. */
    private static OperatorModel gru(int batch, int width, int hidden) {
        return recurrent("GRU", 3, Attributes.NONE.with("linear_before_reset", 1), batch, width, hidden);
    }

    private static OperatorModel recurrent(
            String operator, int gates, Attributes attributes, int batch, int width, int hidden) {
        return new OperatorModel("b%d-%d-%d".formatted(batch, width, hidden), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            long rows = (long) gates * hidden;
            return graph.model(graph.node(
                    operator,
                    attributes.with("hidden_size", hidden),
                    graph.input("x", STEPS, batch, width),
                    graph.weights("w", width, 1, rows, width),
                    graph.weights("r", hidden, 1, rows, hidden),
                    graph.floats("b", 0.1, 1, 2 * rows)));
        });
    }
}
