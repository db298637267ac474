package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Transformers over patches of an image, with some layers of each stage. */
final class VisionTransformers {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "vision",
            Networks.GOAL,
            new OperatorModel("vit-small", VisionTransformers::vit),
            new OperatorModel("deit-timm", VisionTransformers::timm),
            new OperatorModel("swin-tiny", VisionTransformers::swin)));

    private VisionTransformers() {}

    /** Hugging Face's: projections apart, SDPA. */
    private static ModelProto vit() {
        int width = 384;
        int heads = 6;
        int size = width / heads;
        ImageLayers layers = new ImageLayers();
        String x = embedded(layers, width);
        int tokens = 197;
        double scale = Math.sqrt(1 / Math.sqrt(size));
        for (int layer = 0; layer < 4; layer++) {
            String y = layers.layerNorm(x, width);
            String q = layers.reshape(layers.linear(y, width, width), 1, tokens, heads, size);
            String k = layers.reshape(layers.linear(y, width, width), 1, tokens, heads, size);
            String v = layers.reshape(layers.linear(y, width, width), 1, tokens, heads, size);
            String scores = layers.node(
                    "MatMul",
                    layers.mul(layers.transpose(q, 0, 2, 1, 3), scale),
                    layers.mul(layers.transpose(k, 0, 2, 3, 1), scale));
            y = layers.node("MatMul", layers.softmax(scores), layers.transpose(v, 0, 2, 1, 3));
            y = layers.reshape(layers.transpose(y, 0, 2, 1, 3), 1, tokens, width);
            x = layers.add(layers.linear(y, width, width), x);
            y = layers.gelu(layers.linear(layers.layerNorm(x, width), width, 4 * width));
            x = layers.add(layers.linear(y, 4 * width, width), x);
        }
        String first = layers.pick(layers.layerNorm(x, width), 1, 0);
        return layers.graph().model(layers.gemm(first, width, 1000));
    }

    /** timm's: q, k and v from one projection, picked from its third axis. */
    private static ModelProto timm() {
        int width = 384;
        int heads = 6;
        int size = width / heads;
        ImageLayers layers = new ImageLayers();
        String x = embedded(layers, width);
        for (int layer = 0; layer < 4; layer++) {
            x = layers.add(x, attention(layers, layers.layerNorm(x, width), 1, 197, heads, size, ""));
            String y = layers.gelu(layers.linear(layers.layerNorm(x, width), width, 4 * width));
            x = layers.add(x, layers.linear(y, 4 * width, width));
        }
        String first = layers.pick(layers.layerNorm(x, width), 1, 0);
        return layers.graph().model(layers.gemm(first, width, 1000));
    }

    /** 224x224 pixels as 196 patches behind a token of their own. */
    private static String embedded(ImageLayers layers, int width) {
        String patches = layers.patches(layers.image(1, 224), 3, width, 16);
        String rows = layers.transpose(layers.reshape(patches, 1, width, 196), 0, 2, 1);
        String first = layers.node("Expand", layers.floats(1, 1, width), layers.list(1, 1, width));
        return layers.add(layers.concat(1, first, rows), layers.floats(1, 197, width));
    }

    /** Attention over {@code [batch, tokens, heads * size]}, with a bias of the scores unless its name is empty. */
    private static String attention(Layers layers, String x, int batch, int tokens, int heads, int size, String bias) {
        int width = heads * size;
        String joined = layers.reshape(layers.linear(x, width, 3 * width), batch, tokens, 3, heads, size);
        String moved = layers.transpose(joined, 2, 0, 3, 1, 4);
        String q = layers.mul(layers.pick(moved, 0, 0), 1 / Math.sqrt(size));
        String k = layers.transpose(layers.pick(moved, 0, 1), 0, 1, 3, 2);
        String scores = layers.node("MatMul", q, k);
        String weights = layers.softmax(bias.isEmpty() ? scores : layers.add(scores, bias));
        String weighted = layers.transpose(layers.node("MatMul", weights, layers.pick(moved, 0, 2)), 0, 2, 1, 3);
        return layers.linear(layers.reshape(weighted, batch, tokens, width), width, width);
    }

    /** Windows of 7x7 patches, every other layer's moved by half of it. */
    private static ModelProto swin() {
        ImageLayers layers = new ImageLayers();
        int width = 96;
        int side = 56;
        String x = layers.patches(layers.image(1, 224), 3, width, 4);
        x = layers.layerNorm(layers.reshape(layers.transpose(x, 0, 2, 3, 1), 1, (long) side * side, width), width);
        for (int stage = 0; stage < 2; stage++) {
            for (int layer = 0; layer < 2; layer++) {
                String y = windows(layers, layers.layerNorm(x, width), side, width, layer * 3);
                x = layers.add(x, y);
                y = layers.gelu(layers.linear(layers.layerNorm(x, width), width, 4 * width));
                x = layers.add(x, layers.linear(y, 4 * width, width));
            }
            x = merged(layers, x, side, width);
            width *= 2;
            side /= 2;
        }
        String mean = layers.graph()
                .node(
                        "ReduceMean",
                        Attributes.NONE.with("axes", new long[] {1}).with("keepdims", 0),
                        layers.layerNorm(x, width));
        return layers.graph().model(layers.gemm(mean, width, 1000));
    }

    private static String windows(Layers layers, String x, int side, int width, int shift) {
        int across = side / 7;
        int windows = across * across;
        String rows = layers.reshape(x, 1, side, side, width);
        if (shift > 0) {
            rows = rolled(layers, rolled(layers, rows, 1, shift), 2, shift);
        }
        rows = layers.transpose(layers.reshape(rows, 1, across, 7, across, 7, width), 0, 1, 3, 2, 4, 5);
        String bias = layers.floats(1, width / 32, 49, 49);
        String y = attention(layers, layers.reshape(rows, windows, 49, width), windows, 49, width / 32, 32, bias);
        y = layers.transpose(layers.reshape(y, 1, across, across, 7, 7, width), 0, 1, 3, 2, 4, 5);
        y = layers.reshape(y, 1, side, side, width);
        if (shift > 0) {
            y = rolled(layers, rolled(layers, y, 1, side - shift), 2, side - shift);
        }
        return layers.reshape(y, 1, (long) side * side, width);
    }

    private static String rolled(Layers layers, String x, int axis, int by) {
        return layers.concat(axis, layers.slice(x, axis, by, Long.MAX_VALUE), layers.slice(x, axis, 0, by));
    }

    /** Four patches become one of twice the width. */
    private static String merged(Layers layers, String x, int side, int width) {
        String cells = layers.reshape(x, 1, side, side, width);
        String[] parts = new String[4];
        for (int part = 0; part < 4; part++) {
            parts[part] = everySecond(layers, everySecond(layers, cells, 1, part % 2), 2, part / 2);
        }
        long cellsLeft = (long) side * side / 4;
        String joined = layers.reshape(layers.concat(-1, parts), 1, cellsLeft, 4L * width);
        return layers.matMul(layers.layerNorm(joined, 4 * width), 4 * width, 2 * width);
    }

    private static String everySecond(Layers layers, String x, int axis, int from) {
        return layers.node(
                "Slice", x, layers.list(from), layers.list(Long.MAX_VALUE), layers.list(axis), layers.list(2));
    }
}
