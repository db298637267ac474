package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Products and convolutions of bytes: bare, and as quantised models have them, from floats to floats. */
final class QuantizedModels {
    private static final int OPERATOR_SET = 21;
    private static final int LAYERS = 3;
    private static final float STEP = 0.02F;
    private static final int ZERO = 128;

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of("int8-product", 1.0, bare(16, 384, 384), bare(128, 384, 384), bare(128, 384, 1536)),
            OperatorFamily.of(
                    "int8-dynamic",
                    1.2,
                    dynamic(16, 384, 384),
                    dynamic(128, 384, 384),
                    dynamic(128, 384, 1536),
                    dynamic(128, 1536, 384),
                    unsigned(16, 384, 384),
                    unsigned(128, 384, 1536),
                    fused(16, 384, 1536),
                    fused(128, 384, 1536)),
            OperatorFamily.of(
                    "int8-static",
                    1.2,
                    linear(16, 384),
                    linear(128, 384),
                    convolution(64, 56, 1),
                    convolution(64, 28, 3)));

    private QuantizedModels() {}

    private static String size(int rows, int sums, int columns) {
        return "%dx%dx%d".formatted(rows, sums, columns);
    }

    private static OperatorModel bare(int rows, int sums, int columns) {
        return new OperatorModel(size(rows, sums, columns), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    DataType.INT32,
                    graph.node(
                            "MatMulInteger",
                            graph.input(DataType.UINT8, "x", rows, sums),
                            graph.byteWeights(DataType.INT8, "w", sums, columns)));
        });
    }

    private static OperatorModel dynamic(int rows, int sums, int columns) {
        return dynamic(size(rows, sums, columns), DataType.INT8, 0, rows, sums, columns);
    }

    private static OperatorModel unsigned(int rows, int sums, int columns) {
        return dynamic("unsigned-" + size(rows, sums, columns), DataType.UINT8, ZERO, rows, sums, columns);
    }

    /** What ONNX Runtime's quantiser makes of a dense layer: scale and zero point found anew for each input. */
    private static OperatorModel dynamic(String name, DataType weights, int zero, int rows, int sums, int columns) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String quantized = graph.nodeOf(3, "DynamicQuantizeLinear", graph.input("x", rows, sums));
            String product = graph.node(
                    "MatMulInteger",
                    quantized,
                    graph.byteWeights(weights, "w", sums, columns),
                    quantized + "_2",
                    graph.scalarByte(weights, "w_zero", zero));
            String floats = graph.node("Cast", Attributes.NONE.with("to", DataType.FLOAT.getNumber()), product);
            String scale = graph.node("Mul", quantized + "_1", graph.scalar("w_scale", STEP));
            return graph.model(graph.node("Add", graph.node("Mul", floats, scale), graph.floats("b", 1, columns)));
        });
    }

    /** As ONNX Runtime's optimiser writes it, a scale a column. */
    private static OperatorModel fused(int rows, int sums, int columns) {
        return new OperatorModel("fused-" + size(rows, sums, columns), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.contributed(
                    "DynamicQuantizeMatMul",
                    Attributes.NONE,
                    graph.input("x", rows, sums),
                    graph.byteWeights(DataType.INT8, "w", sums, columns),
                    graph.floats("w_scale", STEP, columns),
                    "",
                    graph.floats("b", 1, columns)));
        });
    }

    private static OperatorModel linear(int rows, int width) {
        return new OperatorModel(
                "QLinearMatMul-%dx%d".formatted(rows, width),
                () -> chain(graph -> {
                    String x = graph.input("x", rows, width);
                    return new Chain(
                            x,
                            (y, layer) -> graph.node(
                                    "QLinearMatMul",
                                    y,
                                    "scale",
                                    "zero",
                                    graph.byteWeights(DataType.INT8, "w" + layer, width, width),
                                    "w_scale",
                                    "w_zero",
                                    "scale",
                                    "zero"));
                }));
    }

    private static OperatorModel convolution(int channels, int size, int kernel) {
        return new OperatorModel(
                "QLinearConv-%dx%dk%d".formatted(channels, size, kernel),
                () -> chain(graph -> {
                    String x = graph.input("x", 1, channels, size, size);
                    int pad = kernel / 2;
                    return new Chain(
                            x,
                            (y, layer) -> graph.node(
                                    "QLinearConv",
                                    Attributes.NONE
                                            .with("kernel_shape", kernel, kernel)
                                            .with("pads", pad, pad, pad, pad),
                                    y,
                                    "scale",
                                    "zero",
                                    graph.byteWeights(DataType.INT8, "w" + layer, channels, channels, kernel, kernel),
                                    "w_scale",
                                    "w_zero",
                                    "scale",
                                    "zero"));
                }));
    }

    private interface Layer {
        String of(String x, int place);
    }

    private record Chain(String input, Layer layer) {}

    private interface Start {
        Chain in(GraphWriter graph);
    }

    /** Floats to bytes, {@value #LAYERS} layers, and back; all share scales, under which a sum of 100s keeps its size. */
    private static ModelProto chain(Start start) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        graph.scalar("scale", STEP);
        graph.scalar("w_scale", STEP / 32);
        graph.scalarByte(DataType.UINT8, "zero", ZERO);
        graph.scalarByte(DataType.INT8, "w_zero", 0);
        Chain chain = start.in(graph);
        String x = graph.node("QuantizeLinear", chain.input, "scale", "zero");
        for (int layer = 0; layer < LAYERS; layer++) {
            x = chain.layer.of(x, layer);
        }
        return graph.model(graph.node("DequantizeLinear", x, "scale", "zero"));
    }
}
