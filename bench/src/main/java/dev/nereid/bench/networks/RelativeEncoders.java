package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Encoders of text whose attention knows how far tokens are apart, and what is made of their vectors. */
final class RelativeEncoders {
    private static final int WORDS = 2000;
    private static final int WIDTH = 384;
    private static final int HEADS = 6;
    private static final int SIZE = WIDTH / HEADS;
    private static final int LAYERS = 2;
    private static final double LOWEST = -3.4028235e38;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "relative",
            Networks.GOAL,
            new OperatorModel("deberta-1x64", () -> deberta(1, 64)),
            new OperatorModel("deberta-1x128", () -> deberta(1, 128)),
            new OperatorModel("modernbert-1x128", () -> modern(1, 128)),
            new OperatorModel("mpnet-8x32", () -> mpnet(8, 32))));

    private RelativeEncoders() {}

    /** Scores of contents, and of contents with distances both ways, which are gathered place by place. */
    private static ModelProto deberta(int batch, int tokens) {
        int span = 128;
        Layers text = new Layers(15);
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String outer = text.unsqueeze(text.unsqueeze(mask, 1), 2);
        String pairs = text.node("Mul", outer, text.unsqueeze(text.squeeze(outer, -2), -1));
        String seen = text.cast(pairs, DataType.BOOL);
        String x = text.writtenLayerNorm(text.embedding(ids, WORDS, WIDTH), WIDTH);
        x = text.node("Mul", x, text.cast(text.unsqueeze(mask, 2), DataType.FLOAT));
        String distances = text.writtenLayerNorm(text.floats(2L * span, WIDTH), WIDTH);
        String forward = places(text, tokens, span, 1);
        String backward = places(text, tokens, span, -1);
        for (int layer = 0; layer < LAYERS; layer++) {
            String q = heads(text, text.linear(x, WIDTH, WIDTH), batch, tokens);
            String k = heads(text, text.linear(x, WIDTH, WIDTH), batch, tokens);
            String v = heads(text, text.linear(x, WIDTH, WIDTH), batch, tokens);
            double scale = Math.sqrt(SIZE * 3.0);
            String scores = text.node("MatMul", q, text.transpose(text.div(k, scale), 0, 2, 1));
            String far = heads(text, text.unsqueeze(text.linear(distances, WIDTH, WIDTH), 0), 1, 2 * span);
            String near = heads(text, text.unsqueeze(text.linear(distances, WIDTH, WIDTH), 0), 1, 2 * span);
            String toPlaces = text.node("MatMul", q, text.transpose(far, 0, 2, 1));
            toPlaces = gathered(text, toPlaces, forward, batch, tokens);
            String fromPlaces = text.node("MatMul", k, text.transpose(near, 0, 2, 1));
            fromPlaces = text.transpose(gathered(text, fromPlaces, backward, batch, tokens), 0, 2, 1);
            scores = text.add(text.add(scores, text.div(toPlaces, scale)), text.div(fromPlaces, scale));
            scores = text.reshape(scores, batch, HEADS, tokens, tokens);
            scores = text.node("Where", seen, scores, text.scalar(LOWEST));
            String weights = text.node("Where", seen, text.softmax(scores), text.scalar(0));
            weights = text.reshape(weights, (long) batch * HEADS, tokens, tokens);
            String y = text.reshape(text.node("MatMul", weights, v), batch, HEADS, tokens, SIZE);
            y = text.reshape(text.transpose(y, 0, 2, 1, 3), batch, tokens, WIDTH);
            x = text.writtenLayerNorm(text.add(text.linear(y, WIDTH, WIDTH), x), WIDTH);
            y = text.linear(text.gelu(text.linear(x, WIDTH, 4 * WIDTH)), 4 * WIDTH, WIDTH);
            x = text.writtenLayerNorm(text.add(y, x), WIDTH);
        }
        return text.graph().model(x);
    }

    private static String gathered(Layers text, String scores, String places, int batch, int tokens) {
        String indices = text.node("Expand", places, text.list((long) batch * HEADS, tokens, tokens));
        return text.graph().node("GatherElements", Attributes.NONE.with("axis", -1), scores, indices);
    }

    private static String places(Layers text, int tokens, int span, int sign) {
        long[] places = new long[tokens * tokens];
        for (int at = 0; at < places.length; at++) {
            places[at] = Math.clamp(span + sign * (long) (at / tokens - at % tokens), 0, 2L * span - 1);
        }
        return text.graph().integers(text.name("places"), places, 1, tokens, tokens);
    }

    /** Heads are an axis with the batch. */
    private static String heads(Layers text, String x, int batch, int tokens) {
        String split = text.heads(x, batch, tokens, HEADS, SIZE);
        return text.reshape(split, (long) batch * HEADS, tokens, SIZE);
    }

    /** Turned queries and keys from one product, tokens that see their neighbours alone, gated layers without biases. */
    private static ModelProto modern(int batch, int tokens) {
        int inner = 576;
        Layers text = new Layers(17);
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String pairs =
                text.node("Expand", text.unsqueeze(text.unsqueeze(mask, 1), 2), text.list(batch, 1, tokens, tokens));
        String hidden = text.node("Sub", text.scalar(1), text.cast(pairs, DataType.FLOAT));
        String added = text.node("Where", text.cast(hidden, DataType.BOOL), text.scalar(LOWEST), hidden);
        String near = text.node("Where", neighbours(text, tokens), added, text.scalar(LOWEST));
        String cos = text.floats(1, 1, tokens, SIZE);
        String sin = text.floats(1, 1, tokens, SIZE);
        String x = text.layerNorm(text.embedding(ids, WORDS, WIDTH), WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String joined = text.matMul(layer == 0 ? x : text.layerNorm(x, WIDTH), WIDTH, 3 * WIDTH);
            String all = text.transpose(text.reshape(joined, batch, tokens, 3, HEADS, SIZE), 0, 3, 2, 1, 4);
            String split = text.split(all, 2, 1, 1, 1);
            String q = text.rotated(text.squeeze(split, 2), SIZE, cos, sin);
            String k = text.rotated(text.squeeze(split + "_1", 2), SIZE, cos, sin);
            String v = text.squeeze(split + "_2", 2);
            double scale = Math.sqrt(1 / Math.sqrt(SIZE));
            String scores = text.node("MatMul", text.mul(q, scale), text.mul(text.transpose(k, 0, 1, 3, 2), scale));
            String weights = text.softmax(text.add(scores, layer == 0 ? added : near));
            String y = text.transpose(text.node("MatMul", weights, v), 0, 2, 1, 3);
            x = text.add(x, text.matMul(text.reshape(y, batch, tokens, WIDTH), WIDTH, WIDTH));
            String halves = text.split(text.matMul(text.layerNorm(x, WIDTH), WIDTH, 2 * inner), 2, inner, inner);
            String gated = text.node("Mul", text.gelu(halves), halves + "_1");
            x = text.add(x, text.matMul(gated, inner, WIDTH));
        }
        return text.graph().model(text.layerNorm(x, WIDTH));
    }

    private static String neighbours(Layers text, int tokens) {
        long[] near = new long[tokens * tokens];
        for (int at = 0; at < near.length; at++) {
            near[at] = Math.abs(at / tokens - at % tokens) <= 32 ? 1 : 0;
        }
        return text.cast(text.graph().integers("near", near, 1, 1, tokens, tokens), DataType.BOOL);
    }

    /** A bias by distance, then the mean of the tokens that count, as a vector of length one. */
    private static ModelProto mpnet(int batch, int tokens) {
        Layers text = new Layers(14);
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String floats = text.cast(text.unsqueeze(text.unsqueeze(mask, 1), 2), DataType.FLOAT);
        String added = text.mul(text.node("Sub", text.scalar(1), floats), LOWEST);
        String bias = text.floats(1, HEADS, tokens, tokens);
        String x = text.writtenLayerNorm(text.embedding(ids, WORDS, WIDTH), WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String q = text.heads(text.linear(x, WIDTH, WIDTH), batch, tokens, HEADS, SIZE);
            String k = text.heads(text.linear(x, WIDTH, WIDTH), batch, tokens, HEADS, SIZE);
            String v = text.heads(text.linear(x, WIDTH, WIDTH), batch, tokens, HEADS, SIZE);
            String scores = text.div(text.node("MatMul", q, text.transpose(k, 0, 1, 3, 2)), Math.sqrt(SIZE));
            String weights = text.softmax(text.add(text.add(scores, bias), added));
            String y = text.transpose(text.node("MatMul", weights, v), 0, 2, 1, 3);
            y = text.linear(text.reshape(y, batch, tokens, WIDTH), WIDTH, WIDTH);
            x = text.writtenLayerNorm(text.add(y, x), WIDTH);
            y = text.linear(text.gelu(text.linear(x, WIDTH, 4 * WIDTH)), 4 * WIDTH, WIDTH);
            x = text.writtenLayerNorm(text.add(y, x), WIDTH);
        }
        String counted = text.cast(
                text.node("Expand", text.unsqueeze(mask, 2), text.list(batch, tokens, WIDTH)), DataType.FLOAT);
        String sum = sum(text, text.node("Mul", x, counted));
        String mean = text.node("Div", sum, text.node("Clip", sum(text, counted), text.scalar(1e-9)));
        String length = text.graph()
                .node("ReduceL2", Attributes.NONE.with("axes", new long[] {1}).with("keepdims", 1), mean);
        String least = text.node("Clip", length, text.scalar(1e-12));
        return text.graph().model(text.node("Div", mean, text.node("Expand", least, text.node("Shape", mean))));
    }

    private static String sum(Layers text, String x) {
        return text.graph().node("ReduceSum", Attributes.NONE.with("keepdims", 0), x, text.list(1));
    }
}
