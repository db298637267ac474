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
        ImageLayers image = new ImageLayers();
        TextLayers text = new TextLayers(17, image.graph());
        String x = embedded(image, text, width);
        int tokens = 197;
        double scale = Math.sqrt(1 / Math.sqrt(size));
        for (int layer = 0; layer < 4; layer++) {
            String y = text.layerNorm(x, width);
            String q = text.reshape(text.linear(y, width, width), 1, tokens, heads, size);
            String k = text.reshape(text.linear(y, width, width), 1, tokens, heads, size);
            String v = text.reshape(text.linear(y, width, width), 1, tokens, heads, size);
            String scores = text.node(
                    "MatMul",
                    text.mul(text.transpose(q, 0, 2, 1, 3), scale),
                    text.mul(text.transpose(k, 0, 2, 3, 1), scale));
            y = text.node("MatMul", text.softmax(scores), text.transpose(v, 0, 2, 1, 3));
            y = text.reshape(text.transpose(y, 0, 2, 1, 3), 1, tokens, width);
            x = text.add(text.linear(y, width, width), x);
            y = text.gelu(text.linear(text.layerNorm(x, width), width, 4 * width));
            x = text.add(text.linear(y, 4 * width, width), x);
        }
        String first = text.pick(text.layerNorm(x, width), 1, 0);
        return text.graph().model(text.gemm(first, width, 1000));
    }

    /** timm's: q, k and v from one projection, picked from its third axis. */
    private static ModelProto timm() {
        int width = 384;
        int heads = 6;
        int size = width / heads;
        ImageLayers image = new ImageLayers();
        TextLayers text = new TextLayers(17, image.graph());
        String x = embedded(image, text, width);
        for (int layer = 0; layer < 4; layer++) {
            x = text.add(x, attention(text, text.layerNorm(x, width), 1, 197, heads, size, ""));
            String y = text.gelu(text.linear(text.layerNorm(x, width), width, 4 * width));
            x = text.add(x, text.linear(y, 4 * width, width));
        }
        String first = text.pick(text.layerNorm(x, width), 1, 0);
        return text.graph().model(text.gemm(first, width, 1000));
    }

    /** 224x224 pixels as 196 patches behind a token of their own. */
    private static String embedded(ImageLayers image, TextLayers text, int width) {
        String patches = image.patches(image.image(1, 224), 3, width, 16);
        String rows = text.transpose(text.reshape(patches, 1, width, 196), 0, 2, 1);
        String first = text.node("Expand", text.floats(1, 1, width), text.list(1, 1, width));
        return text.add(text.concat(1, first, rows), text.floats(1, 197, width));
    }

    /** Attention over {@code [batch, tokens, heads * size]}, with a bias of the scores unless its name is empty. */
    private static String attention(
            TextLayers text, String x, int batch, int tokens, int heads, int size, String bias) {
        int width = heads * size;
        String joined = text.reshape(text.linear(x, width, 3 * width), batch, tokens, 3, heads, size);
        String moved = text.transpose(joined, 2, 0, 3, 1, 4);
        String q = text.mul(text.pick(moved, 0, 0), 1 / Math.sqrt(size));
        String k = text.transpose(text.pick(moved, 0, 1), 0, 1, 3, 2);
        String scores = text.node("MatMul", q, k);
        String weights = text.softmax(bias.isEmpty() ? scores : text.add(scores, bias));
        String weighted = text.transpose(text.node("MatMul", weights, text.pick(moved, 0, 2)), 0, 2, 1, 3);
        return text.linear(text.reshape(weighted, batch, tokens, width), width, width);
    }

    /** Windows of 7x7 patches, every other layer's moved by half of it. */
    private static ModelProto swin() {
        ImageLayers image = new ImageLayers();
        TextLayers text = new TextLayers(17, image.graph());
        int width = 96;
        int side = 56;
        String x = image.patches(image.image(1, 224), 3, width, 4);
        x = text.layerNorm(text.reshape(text.transpose(x, 0, 2, 3, 1), 1, (long) side * side, width), width);
        for (int stage = 0; stage < 2; stage++) {
            for (int layer = 0; layer < 2; layer++) {
                String y = windows(text, text.layerNorm(x, width), side, width, layer * 3);
                x = text.add(x, y);
                y = text.gelu(text.linear(text.layerNorm(x, width), width, 4 * width));
                x = text.add(x, text.linear(y, 4 * width, width));
            }
            x = merged(text, x, side, width);
            width *= 2;
            side /= 2;
        }
        String mean = text.graph()
                .node(
                        "ReduceMean",
                        Attributes.NONE.with("axes", new long[] {1}).with("keepdims", 0),
                        text.layerNorm(x, width));
        return text.graph().model(text.gemm(mean, width, 1000));
    }

    private static String windows(TextLayers text, String x, int side, int width, int shift) {
        int across = side / 7;
        int windows = across * across;
        String rows = text.reshape(x, 1, side, side, width);
        if (shift > 0) {
            rows = rolled(text, rolled(text, rows, 1, shift), 2, shift);
        }
        rows = text.transpose(text.reshape(rows, 1, across, 7, across, 7, width), 0, 1, 3, 2, 4, 5);
        String bias = text.floats(1, width / 32, 49, 49);
        String y = attention(text, text.reshape(rows, windows, 49, width), windows, 49, width / 32, 32, bias);
        y = text.transpose(text.reshape(y, 1, across, across, 7, 7, width), 0, 1, 3, 2, 4, 5);
        y = text.reshape(y, 1, side, side, width);
        if (shift > 0) {
            y = rolled(text, rolled(text, y, 1, side - shift), 2, side - shift);
        }
        return text.reshape(y, 1, (long) side * side, width);
    }

    private static String rolled(TextLayers text, String x, int axis, int by) {
        return text.concat(axis, text.slice(x, axis, by, Long.MAX_VALUE), text.slice(x, axis, 0, by));
    }

    /** Four patches become one of twice the width. */
    private static String merged(TextLayers text, String x, int side, int width) {
        String cells = text.reshape(x, 1, side, side, width);
        String[] parts = new String[4];
        for (int part = 0; part < 4; part++) {
            parts[part] = everySecond(text, everySecond(text, cells, 1, part % 2), 2, part / 2);
        }
        long cellsLeft = (long) side * side / 4;
        String joined = text.reshape(text.concat(-1, parts), 1, cellsLeft, 4L * width);
        return text.matMul(text.layerNorm(joined, 4 * width), 4 * width, 2 * width);
    }

    private static String everySecond(TextLayers text, String x, int axis, int from) {
        return text.node("Slice", x, text.list(from), text.list(Long.MAX_VALUE), text.list(axis), text.list(2));
    }
}
