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
        ImageLayers image = new ImageLayers();
        TextLayers text = new TextLayers(17, image.graph());
        String x = text.transpose(image.graph().input("image", batch, 28, 28, 1), 0, 3, 1, 2);
        x = image.maxPool(image.relu(image.conv(x, 1, 32, 3, 1)), 2, 2, 0);
        x = image.maxPool(image.relu(image.conv(x, 32, 64, 3, 1)), 2, 2, 0);
        x = text.reshape(text.transpose(x, 0, 2, 3, 1), -1, 7 * 7 * 64);
        x = text.node("Relu", text.linear(x, 7 * 7 * 64, 128));
        return text.graph().model(text.softmax(text.linear(x, 128, 10)));
    }

    /** MobileNet's first blocks, whose strides have their padding in a node of its own. */
    private static ModelProto padded() {
        ImageLayers image = new ImageLayers();
        TextLayers text = new TextLayers(17, image.graph());
        String x = text.transpose(image.graph().input("image", 1, 160, 160, 3), 0, 3, 1, 2);
        x = clip(text, strided(text, x, 3, 32, 1));
        int channels = 32;
        for (int width : new int[] {64, 128, 256}) {
            x = clip(text, image.conv(x, channels, channels, 3, 1, channels));
            x = clip(text, image.conv(x, channels, width, 1, 1));
            x = clip(text, strided(text, x, width, width, width));
            channels = width;
        }
        String last = text.transpose(x, 0, 2, 3, 1);
        String means = text.graph()
                .node("ReduceMean", Attributes.NONE.with("axes", 1, 2).with("keepdims", 0), last);
        return text.graph().model(text.softmax(text.linear(means, channels, 100)));
    }

    private static String clip(TextLayers text, String x) {
        return text.node("Clip", x, text.scalar(0), text.scalar(6));
    }

    /** Padded behind alone, as Keras does before a stride of two. */
    private static String strided(TextLayers text, String x, int channels, int filters, int groups) {
        String padded = text.node("Pad", x, text.list(0, 0, 0, 0, 0, 0, 1, 1));
        return text.graph()
                .node(
                        "Conv",
                        Attributes.NONE
                                .with("group", groups)
                                .with("kernel_shape", 3, 3)
                                .with("strides", 2, 2),
                        padded,
                        text.weights((long) channels / groups * 5, filters, channels / groups, 3, 3),
                        text.floats(filters));
    }

    /** A residual block and attention over all cells, as Stable Diffusion has them. */
    private static ModelProto diffusion(int side) {
        int channels = 320;
        int heads = 8;
        int size = channels / heads;
        int cells = side * side;
        ImageLayers image = new ImageLayers();
        TextLayers text = new TextLayers(17, image.graph());
        SignalLayers signal = new SignalLayers(text);
        String input = image.graph().input("noisy", 1, channels, side, side);
        String time = text.gemm(text.silu(text.graph().input("time", 1, 1280)), 1280, channels);
        String x = text.silu(signal.groupNorm(input, 32, channels, 1, channels, side, side));
        x = text.add(image.conv(x, channels, channels, 3, 1), text.unsqueeze(text.unsqueeze(time, 2), 3));
        x = text.silu(signal.groupNorm(x, 32, channels, 1, channels, side, side));
        x = text.add(input, image.conv(x, channels, channels, 3, 1));
        String y = image.conv(signal.groupNorm(x, 32, channels, 1, channels, side, side), channels, channels, 1, 1);
        y = text.reshape(text.transpose(y, 0, 2, 3, 1), 1, cells, channels);
        for (int layer = 0; layer < 2; layer++) {
            String normal = text.layerNorm(y, channels);
            boolean crossed = layer == 1;
            String keys = crossed ? text.graph().input("prompt", 1, 77, 768) : normal;
            int from = crossed ? 768 : channels;
            int count = crossed ? 77 : cells;
            String q = heads(text, text.matMul(normal, channels, channels), cells, heads, size);
            String k = heads(text, text.matMul(keys, from, channels), count, heads, size);
            String v = heads(text, text.matMul(keys, from, channels), count, heads, size);
            double scale = Math.sqrt(1 / Math.sqrt(size));
            String scores = text.node("MatMul", text.mul(q, scale), text.mul(text.transpose(k, 0, 1, 3, 2), scale));
            String weighted = text.transpose(text.node("MatMul", text.softmax(scores), v), 0, 2, 1, 3);
            y = text.add(text.linear(text.reshape(weighted, 1, cells, channels), channels, channels), y);
        }
        String split =
                text.split(text.linear(text.layerNorm(y, channels), channels, 8 * channels), 2, 2, 4L * channels);
        y = text.add(text.linear(text.node("Mul", split, text.gelu(split + "_1")), 4 * channels, channels), y);
        y = text.transpose(text.reshape(y, 1, side, side, channels), 0, 3, 1, 2);
        return text.graph().model(text.add(image.conv(y, channels, channels, 1, 1), x));
    }

    private static String heads(TextLayers text, String x, int tokens, int heads, int size) {
        return text.transpose(text.reshape(x, 1, tokens, heads, size), 0, 2, 1, 3);
    }
}
