package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;
import java.util.stream.IntStream;

/** Decoders of text with two layers: a prompt, and one more token after many. */
final class DecoderNetworks {
    private static final int WORDS = 2000;
    private static final int LAYERS = 2;
    private static final double LOWEST = -3.4028235e38;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "decoder",
            Networks.GOAL,
            new OperatorModel("gpt2-prompt64", () -> gpt2(64, 0)),
            new OperatorModel("gpt2-after64", () -> gpt2(1, 64)),
            new OperatorModel("llama-prompt64", () -> llama(64, 0)),
            new OperatorModel("llama-after64", () -> llama(1, 64)),
            new OperatorModel("llama-after512", () -> llama(1, 512))));

    private DecoderNetworks() {}

    private static ModelProto gpt2(int tokens, int past) {
        int width = 768;
        int heads = 12;
        int size = width / heads;
        int keys = past + tokens;
        Layers text = new Layers(14);
        String ids = text.ids("input_ids", 1, tokens);
        String mask =
                text.cast(text.unsqueeze(text.unsqueeze(text.ids("attention_mask", 1, keys), 1), 2), DataType.FLOAT);
        String added = text.mul(text.node("Sub", text.scalar(1), mask), LOWEST);
        String visible = text.cast(visible(text, tokens, past), DataType.BOOL);
        String x = text.add(text.embedding(ids, WORDS, width), text.floats(1, tokens, width));
        for (int layer = 0; layer < LAYERS; layer++) {
            String y = text.writtenLayerNorm(x, width);
            String joined = text.reshape(rows(text, y, tokens, width, 3 * width), 1, tokens, 3L * width);
            String split = text.split(joined, 2, width, width, width);
            String q = text.heads(split, 1, tokens, heads, size);
            String k =
                    present(text, "key" + layer, text.heads(split + "_1", 1, tokens, heads, size), past, heads, size);
            String v =
                    present(text, "value" + layer, text.heads(split + "_2", 1, tokens, heads, size), past, heads, size);
            String scores = text.node("MatMul", q, text.transpose(k, 0, 1, 3, 2));
            scores = text.node("Where", visible, text.div(scores, Math.sqrt(size)), text.scalar(LOWEST));
            String weights = text.softmax(text.add(scores, added));
            String context = text.transpose(text.node("MatMul", weights, v), 0, 2, 1, 3);
            y = rows(text, text.reshape(context, 1, tokens, width), tokens, width, width);
            x = text.add(text.reshape(y, 1, tokens, width), x);
            y = text.writtenLayerNorm(x, width);
            y = text.geluByTanh(text.reshape(rows(text, y, tokens, width, 4 * width), 1, tokens, 4L * width));
            y = text.reshape(rows(text, y, tokens, 4 * width, width), 1, tokens, width);
            x = text.add(x, y);
        }
        return text.graph().model(text.matMul(text.writtenLayerNorm(x, width), width, WORDS));
    }

    /** GPT-2's layers are Gemm over rows of rank 2, with the weights the right way round. */
    private static String rows(Layers text, String x, int tokens, int from, int to) {
        String rows = text.reshape(x, tokens, from);
        return text.node("Gemm", rows, text.weights(from, from, to), text.floats(to));
    }

    /** Ones where a token may see another. */
    private static String visible(Layers text, int tokens, int past) {
        int keys = past + tokens;
        long[] ones = IntStream.range(0, tokens * keys)
                .mapToLong(place -> place % keys <= past + place / keys ? 1 : 0)
                .toArray();
        return text.graph().integers("visible", ones, 1, 1, tokens, keys);
    }

    /** Past tokens and these, which is an output too. */
    private static String present(Layers text, String name, String x, int past, int heads, int size) {
        String all = x;
        if (past > 0) {
            all = text.concat(2, text.graph().input("past_" + name, 1, heads, past, size), x);
        }
        text.graph().output(DataType.FLOAT, all);
        return all;
    }

    /** Three queries share a key, as in SmolLM. */
    private static ModelProto llama(int tokens, int past) {
        int width = 576;
        int heads = 9;
        int groups = 3;
        int size = width / heads;
        int inner = 1536;
        int keys = past + tokens;
        Layers text = new Layers(17);
        String ids = text.ids("input_ids", 1, tokens);
        String places = text.cast(text.unsqueeze(text.ids("position_ids", 1, tokens), 1), DataType.FLOAT);
        String angles = text.transpose(text.node("MatMul", text.floats(1, size / 2, 1), places), 0, 2, 1);
        String both = text.concat(-1, angles, angles);
        String cos = text.unsqueeze(text.node("Cos", both), 1);
        String sin = text.unsqueeze(text.node("Sin", both), 1);
        String mask = text.cast(visible(text, tokens, past), DataType.BOOL);
        String seen =
                text.cast(text.unsqueeze(text.unsqueeze(text.ids("attention_mask", 1, keys), 1), 2), DataType.BOOL);
        String added = text.node("Where", text.node("And", mask, seen), text.scalar(0), text.scalar(LOWEST));
        double scale = Math.sqrt(1 / Math.sqrt(size));
        String x = text.embedding(ids, WORDS, width);
        for (int layer = 0; layer < LAYERS; layer++) {
            String y = text.rmsNorm(x, width);
            String q = text.rotated(text.heads(text.matMul(y, width, width), 1, tokens, heads, size), size, cos, sin);
            String k = text.heads(text.matMul(y, width, groups * size), 1, tokens, groups, size);
            String v = text.heads(text.matMul(y, width, groups * size), 1, tokens, groups, size);
            k = present(text, "key" + layer, text.rotated(k, size, cos, sin), past, groups, size);
            v = present(text, "value" + layer, v, past, groups, size);
            k = text.transpose(repeated(text, k, keys, heads, groups, size), 0, 1, 3, 2);
            String scores = text.node("MatMul", text.mul(q, scale), text.mul(k, scale));
            String weights = text.softmax(text.add(scores, added));
            String context = text.node("MatMul", weights, repeated(text, v, keys, heads, groups, size));
            context = text.reshape(text.transpose(context, 0, 2, 1, 3), 1, tokens, width);
            x = text.add(x, text.matMul(context, width, width));
            y = text.rmsNorm(x, width);
            String gated = text.node("Mul", text.silu(text.matMul(y, width, inner)), text.matMul(y, width, inner));
            x = text.add(x, text.matMul(gated, inner, width));
        }
        return text.graph().model(text.matMul(text.rmsNorm(x, width), width, WORDS));
    }

    private static String repeated(Layers text, String x, int keys, int heads, int groups, int size) {
        String expanded = text.node("Expand", text.unsqueeze(x, 2), text.list(1, groups, heads / groups, keys, size));
        return text.reshape(expanded, 1, heads, keys, size);
    }
}
