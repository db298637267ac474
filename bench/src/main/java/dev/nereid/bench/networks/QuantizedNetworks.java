package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.GraphWriter;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Arrays;
import java.util.List;

/**
 * Networks quantised statically, as quantisers write them by default: floats between pairs of QuantizeLinear and
 * DequantizeLinear, weights and addends behind a DequantizeLinear.
 */
final class QuantizedNetworks {
    private static final int OPERATOR_SET = 17;
    private static final int CLASSES = 1000;

    /** What a step of activations is worth; behind a ReLU the least byte is zero. */
    private static final float STEP = 0.02f;

    private static final int MIDDLE = 128;

    /** With weights of this step sums keep their size. */
    private static final float GAIN = 0.035f;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "quantized",
            Networks.GOAL,
            new OperatorModel("resnet18", () -> new QuantizedNetworks().residual()),
            new OperatorModel("mobilenet-v2", () -> new QuantizedNetworks().inverted()),
            new OperatorModel("mlp-b32", () -> new QuantizedNetworks().layers())));

    private final GraphWriter graph = new GraphWriter(OPERATOR_SET);
    private int count;

    private QuantizedNetworks() {}

    private ModelProto residual() {
        String x = bytes(graph.input("image", 1, 3, 224, 224), MIDDLE);
        x = bytes(graph.node("Relu", conv(x, 3, 64, 7, 2, 1)), 0);
        x = bytes(
                graph.node(
                        "MaxPool",
                        Attributes.NONE
                                .with("kernel_shape", 3, 3)
                                .with("pads", 1, 1, 1, 1)
                                .with("strides", 2, 2),
                        x),
                0);
        int channels = 64;
        for (int stage = 0; stage < 4; stage++) {
            int width = 64 << stage;
            for (int block = 0; block < 2; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                String y = bytes(graph.node("Relu", conv(x, channels, width, 3, stride, 1)), 0);
                y = bytes(conv(y, width, width, 3, 1, 1), MIDDLE);
                String kept = stride == 1 ? x : bytes(conv(x, channels, width, 1, stride, 1), MIDDLE);
                x = bytes(graph.node("Relu", graph.node("Add", y, kept)), 0);
                channels = width;
            }
        }
        return classified(x, channels);
    }

    private ModelProto inverted() {
        String x = bytes(graph.input("image", 1, 3, 224, 224), MIDDLE);
        x = bytes(graph.node("Relu", conv(x, 3, 32, 3, 2, 1)), 0);
        int channels = 32;
        int[][] stages = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}};
        for (int[] stage : stages) {
            for (int block = 0; block < stage[2]; block++) {
                int stride = block == 0 ? stage[3] : 1;
                int inside = channels * stage[0];
                String y = inside == channels ? x : bytes(graph.node("Relu", conv(x, channels, inside, 1, 1, 1)), 0);
                y = bytes(graph.node("Relu", conv(y, inside, inside, 3, stride, inside)), 0);
                y = bytes(conv(y, inside, stage[1], 1, 1, 1), MIDDLE);
                boolean adds = stride == 1 && channels == stage[1];
                x = adds ? bytes(graph.node("Add", x, y), MIDDLE) : y;
                channels = stage[1];
            }
        }
        x = bytes(graph.node("Relu", conv(x, channels, 1280, 1, 1, 1)), 0);
        return classified(x, 1280);
    }

    private ModelProto layers() {
        String x = bytes(graph.input("x", 32, 512), MIDDLE);
        x = bytes(graph.node("Relu", gemm(x, 512, 1024)), 0);
        x = bytes(graph.node("Relu", gemm(x, 1024, 1024)), 0);
        return graph.model(bytes(gemm(x, 1024, 16), MIDDLE));
    }

    private ModelProto classified(String x, int channels) {
        String means = bytes(graph.node("GlobalAveragePool", x), 0);
        String flat = bytes(graph.node("Flatten", means), 0);
        return graph.model(bytes(gemm(flat, channels, CLASSES), MIDDLE));
    }

    /** Floats that have been bytes. */
    private String bytes(String x, int zero) {
        String name = "q" + count++;
        String scale = graph.scalar(name + "_scale", STEP);
        String point = graph.scalarByte(DataType.UINT8, name + "_zero", zero);
        return graph.node("DequantizeLinear", graph.node("QuantizeLinear", x, scale, point), scale, point);
    }

    private String conv(String x, int channels, int filters, int kernel, int stride, int groups) {
        int depth = channels / groups * kernel * kernel;
        String w = weights(filters, filters, depth, filters, channels / groups, kernel, kernel);
        return graph.node(
                "Conv", ImageLayers.window(kernel, stride, kernel / 2, groups), x, w, addends(filters, filters, depth));
    }

    private String gemm(String x, int from, int to) {
        String w = weights(1, from, from, to, from);
        return graph.node("Gemm", Attributes.NONE.with("transB", 1), x, w, addends(1, to, from));
    }

    private float step(int depth) {
        return GAIN / (float) Math.sqrt(depth);
    }

    private static float[] all(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    /** Random weights with a scale for each of {@code scales} filters. */
    private String weights(int scales, int filters, int depth, long... dims) {
        String name = "w" + count++;
        String bytes = graph.byteWeights(DataType.INT8, name, dims);
        if (scales == 1) {
            return graph.node(
                    "DequantizeLinear",
                    bytes,
                    graph.scalar(name + "_scale", step(depth)),
                    graph.scalarByte(DataType.INT8, name + "_zero", 0));
        }
        return graph.node(
                "DequantizeLinear",
                Attributes.NONE.with("axis", 0),
                bytes,
                graph.list(name + "_scale", all(filters, step(depth))),
                graph.zeroBytes(DataType.INT8, name + "_zero", filters));
    }

    private String addends(int scales, int filters, int depth) {
        String name = "b" + count++;
        String integers = graph.randomIntegers(name, 5000, filters);
        return scales == 1
                ? graph.node("DequantizeLinear", integers, graph.scalar(name + "_scale", STEP * step(depth)))
                : graph.node(
                        "DequantizeLinear",
                        Attributes.NONE.with("axis", 0),
                        integers,
                        graph.list(name + "_scale", all(filters, STEP * step(depth))));
    }
}
