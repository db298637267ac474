package dev.nereid.bench.operators;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** A decoder like GPT-2 with random weights: two layers of two heads, twelve tokens. */
final class TinyDecoder {
    static final int VOCABULARY = 12;

    /** The constant that it reads of the graph around it. */
    static final String OUTSIDE = "head";

    private static final int HIDDEN = 8;
    private static final int HEADS = 2;
    private static final int LAYERS = 2;
    private static final int POSITIONS = 32;

    private TinyDecoder() {}

    /** The weights that make scores of what the layers give. */
    static Tensor head(long seed) {
        return scaled(seed, 2, HIDDEN, VOCABULARY);
    }

    private static Tensor scaled(long seed, double scale, long... dims) {
        double[] values = Data.values(Data.floats(seed, dims));
        return Data.of(dev.nereid.tensor.DataType.FP32, i -> scale * values[i], dims);
    }

    static GraphProto graph() {
        GraphWriter graph = new GraphWriter("decoder")
                .input("input_ids", DataType.INT32, "rows", "tokens")
                .input("position_ids", DataType.INT32, "rows", "tokens")
                .input("attention_mask", DataType.INT32, "rows", "all")
                .constant(Data.proto("table", scaled(11, 1, VOCABULARY, HIDDEN)))
                .constant(Data.proto("places", scaled(12, 1, POSITIONS, HIDDEN)))
                .node("Gather", "token", "table", "input_ids")
                .node("Gather", "place", "places", "position_ids")
                .node("Add", "x0", "token", "place");
        for (int layer = 0; layer < LAYERS; layer++) {
            graph.input("past_" + layer, DataType.FLOAT, 2, "rows", HEADS, "before", HIDDEN / HEADS)
                    .constant(Data.proto("w" + layer, scaled(20 + layer, 1, HIDDEN, 3 * HIDDEN)))
                    .constant(Data.proto("b" + layer, scaled(30 + layer, 1, 3 * HIDDEN)))
                    .node(
                            "Attention",
                            List.of("y" + layer, "present_" + layer),
                            "x" + layer,
                            "w" + layer,
                            "b" + layer,
                            "attention_mask",
                            "past_" + layer)
                    .domain("com.microsoft")
                    .integer("num_heads", HEADS)
                    .integer("unidirectional", 1)
                    .node("Add", "x" + (layer + 1), "x" + layer, "y" + layer);
        }
        graph.node("MatMul", "logits", "x" + LAYERS, OUTSIDE)
                .output("logits", DataType.FLOAT, "rows", "tokens", VOCABULARY);
        for (int layer = 0; layer < LAYERS; layer++) {
            graph.output("present_" + layer, DataType.FLOAT, 2, "rows", HEADS, "all", HIDDEN / HEADS);
        }
        return graph.model().getGraph();
    }
}
