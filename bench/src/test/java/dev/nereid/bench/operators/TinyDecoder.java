package dev.nereid.bench.operators;

import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
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
        GraphProto.Builder graph = GraphProto.newBuilder().setName("decoder");
        graph.addInput(port("input_ids", TensorProto.DataType.INT32, "rows", "tokens"));
        graph.addInput(port("position_ids", TensorProto.DataType.INT32, "rows", "tokens"));
        graph.addInput(port("attention_mask", TensorProto.DataType.INT32, "rows", "all"));
        graph.addInitializer(Data.proto("table", scaled(11, 1, VOCABULARY, HIDDEN)));
        graph.addInitializer(Data.proto("places", scaled(12, 1, POSITIONS, HIDDEN)));
        graph.addNode(node("Gather", "table,input_ids", "token"));
        graph.addNode(node("Gather", "places,position_ids", "place"));
        graph.addNode(node("Add", "token,place", "x0"));
        for (int layer = 0; layer < LAYERS; layer++) {
            graph.addInput(past("past_" + layer, "before"));
            graph.addInitializer(Data.proto("w" + layer, scaled(20 + layer, 1, HIDDEN, 3 * HIDDEN)));
            graph.addInitializer(Data.proto("b" + layer, scaled(30 + layer, 1, 3 * HIDDEN)));
            graph.addNode(node(
                            "Attention",
                            "x" + layer + ",w" + layer + ",b" + layer + ",attention_mask,past_" + layer,
                            "y" + layer + ",present_" + layer)
                    .toBuilder()
                    .setDomain("com.microsoft")
                    .addAttribute(number("num_heads", HEADS))
                    .addAttribute(number("unidirectional", 1)));
            graph.addNode(node("Add", "x" + layer + ",y" + layer, "x" + (layer + 1)));
        }
        graph.addNode(node("MatMul", "x" + LAYERS + "," + OUTSIDE, "logits"));
        graph.addOutput(port("logits", TensorProto.DataType.FLOAT, "rows", "tokens", String.valueOf(VOCABULARY)));
        for (int layer = 0; layer < LAYERS; layer++) {
            graph.addOutput(past("present_" + layer, "all"));
        }
        return graph.build();
    }

    private static ValueInfoProto past(String name, String tokens) {
        return port(
                name,
                TensorProto.DataType.FLOAT,
                "2",
                "rows",
                String.valueOf(HEADS),
                tokens,
                String.valueOf(HIDDEN / HEADS));
    }

    private static AttributeProto number(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static NodeProto node(String operator, String inputs, String outputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs.split(",")))
                .addAllOutput(List.of(outputs.split(",")))
                .build();
    }

    private static ValueInfoProto port(String name, TensorProto.DataType type, String... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (String dim : dims) {
            if (Character.isDigit(dim.charAt(0))) {
                shape.addDimBuilder().setDimValue(Long.parseLong(dim));
            } else {
                shape.addDimBuilder().setDimParam(dim);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
