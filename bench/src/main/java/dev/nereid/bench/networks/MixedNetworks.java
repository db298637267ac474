package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Images as Keras has them, and the blocks of networks that take noise off images. */
final class MixedNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "keras",
                    Networks.GOAL,
                    new OperatorModel("cnn-1", () -> keras(1)),
                    new OperatorModel("cnn-16", () -> keras(16)),
                    new OperatorModel("padded", MixedNetworks::padded)),
            OperatorFamily.of(
                    "diffusion",
                    Networks.GOAL,
                    new OperatorModel("block-16x16", () -> diffusion(16)),
                    new OperatorModel("block-32x32", () -> diffusion(32))));

    private MixedNetworks() {}

    /** Channels last at both ends, channels first between, as tf2onnx writes it. */
    private static ModelProto keras(int batch) {
        ImageLayers layers = new ImageLayers();
        String x = layers.transpose(layers.graph().input("image", batch, 28, 28, 1), 0, 3, 1, 2);
        x = layers.maxPool(layers.relu(layers.conv(x, 1, 32, 3, 1)), 2, 2, 0);
        x = layers.maxPool(layers.relu(layers.conv(x, 32, 64, 3, 1)), 2, 2, 0);
        x = layers.reshape(layers.transpose(x, 0, 2, 3, 1), -1, 7 * 7 * 64);
        x = layers.relu(layers.linear(x, 7 * 7 * 64, 128));
        return layers.graph().model(layers.softmax(layers.linear(x, 128, 10)));
    }

    /** MobileNet's first blocks, whose strides have their padding in a node of its own. */
    private static ModelProto padded() {
        ImageLayers layers = new ImageLayers();
        String x = layers.transpose(layers.graph().input("image", 1, 160, 160, 3), 0, 3, 1, 2);
        x = clip(layers, strided(layers, x, 3, 32, 1));
        int channels = 32;
        for (int width : new int[] {64, 128, 256}) {
            x = clip(layers, layers.conv(x, channels, channels, 3, 1, channels));
            x = clip(layers, layers.conv(x, channels, width, 1, 1));
            x = clip(layers, strided(layers, x, width, width, width));
            channels = width;
        }
        String last = layers.transpose(x, 0, 2, 3, 1);
        String means = layers.graph()
                .node("ReduceMean", Attributes.NONE.with("axes", 1, 2).with("keepdims", 0), last);
        return layers.graph().model(layers.softmax(layers.linear(means, channels, 100)));
    }

    private static String clip(Layers layers, String x) {
        return layers.node("Clip", x, layers.scalar(0), layers.scalar(6));
    }

    /** Padded behind alone, as Keras does before a stride of two. */
    private static String strided(Layers layers, String x, int channels, int filters, int groups) {
        String padded = layers.node("Pad", x, layers.list(0, 0, 0, 0, 0, 0, 1, 1));
        return layers.graph()
                .node(
                        "Conv",
                        Attributes.NONE
                                .with("group", groups)
                                .with("kernel_shape", 3, 3)
                                .with("strides", 2, 2),
                        padded,
                        layers.weights((long) channels / groups * 5, filters, channels / groups, 3, 3),
                        layers.floats(filters));
    }

    /** A residual block and attention over all cells, as Stable Diffusion has them. */
    private static ModelProto diffusion(int side) {
        int channels = 320;
        int heads = 8;
        int size = channels / heads;
        int cells = side * side;
        ImageLayers layers = new ImageLayers();
        SignalLayers signal = new SignalLayers(layers);
        String input = layers.graph().input("noisy", 1, channels, side, side);
        String time = layers.gemm(layers.silu(layers.graph().input("time", 1, 1280)), 1280, channels);
        String x = layers.silu(signal.groupNorm(input, 32, channels, 1, channels, side, side));
        x = layers.add(layers.conv(x, channels, channels, 3, 1), layers.unsqueeze(layers.unsqueeze(time, 2), 3));
        x = layers.silu(signal.groupNorm(x, 32, channels, 1, channels, side, side));
        x = layers.add(input, layers.conv(x, channels, channels, 3, 1));
        String y = layers.conv(signal.groupNorm(x, 32, channels, 1, channels, side, side), channels, channels, 1, 1);
        y = layers.reshape(layers.transpose(y, 0, 2, 3, 1), 1, cells, channels);
        for (int layer = 0; layer < 2; layer++) {
            String normal = layers.layerNorm(y, channels);
            boolean crossed = layer == 1;
            String keys = crossed ? layers.graph().input("prompt", 1, 77, 768) : normal;
            int from = crossed ? 768 : channels;
            int count = crossed ? 77 : cells;
            String q = layers.heads(layers.matMul(normal, channels, channels), 1, cells, heads, size);
            String k = layers.heads(layers.matMul(keys, from, channels), 1, count, heads, size);
            String v = layers.heads(layers.matMul(keys, from, channels), 1, count, heads, size);
            double scale = Math.sqrt(1 / Math.sqrt(size));
            String scores =
                    layers.node("MatMul", layers.mul(q, scale), layers.mul(layers.transpose(k, 0, 1, 3, 2), scale));
            String weighted = layers.transpose(layers.node("MatMul", layers.softmax(scores), v), 0, 2, 1, 3);
            y = layers.add(layers.linear(layers.reshape(weighted, 1, cells, channels), channels, channels), y);
        }
        String split = layers.split(
                layers.linear(layers.layerNorm(y, channels), channels, 8 * channels), 2, 4L * channels, 4L * channels);
        y = layers.add(layers.linear(layers.node("Mul", split, layers.gelu(split + "_1")), 4 * channels, channels), y);
        y = layers.transpose(layers.reshape(y, 1, side, side, channels), 0, 3, 1, 2);
        return layers.graph().model(layers.add(layers.conv(y, channels, channels, 1, 1), x));
    }
}
