package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Encoders of text with two layers as wide as BERT's, as several exporters write them. */
final class EncoderNetworks {
    private static final int WORDS = 2000;
    private static final int WIDTH = 768;
    private static final int INNER = 3072;
    private static final int HEADS = 12;
    private static final int SIZE = WIDTH / HEADS;
    private static final int LAYERS = 2;
    private static final double LOWEST = -3.4028235e38;

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "bert",
                    Networks.GOAL,
                    new OperatorModel("opset11-1x16", () -> bert(11, 1, 16)),
                    new OperatorModel("opset11-1x128", () -> bert(11, 1, 128)),
                    new OperatorModel("opset14-8x64", () -> bert(14, 8, 64)),
                    new OperatorModel("opset17-1x16", () -> newBert(1, 16)),
                    new OperatorModel("opset17-1x128", () -> newBert(1, 128)),
                    new OperatorModel("opset17-8x64", () -> newBert(8, 64))),
            OperatorFamily.of(
                    "bert-dynamic",
                    Networks.GOAL,
                    new OperatorModel("1x16", () -> bert(new DynamicLayers(14), 1, 16)),
                    new OperatorModel("1x128", () -> bert(new DynamicLayers(14), 1, 128)),
                    new OperatorModel("8x64", () -> bert(new DynamicLayers(14), 8, 64))),
            OperatorFamily.of(
                    "encoder",
                    Networks.GOAL,
                    new OperatorModel("distilbert-1x128", () -> distilBert(1, 128)),
                    new OperatorModel("keras-1x64", () -> kerasBert(1, 64)),
                    new OperatorModel("t5-1x64", () -> t5(1, 64)),
                    new OperatorModel("t5-1x256", () -> t5(1, 256))));

    private EncoderNetworks() {}

    /** LayerNorm written out, scores divided, and a mask that is added. */
    private static ModelProto bert(int operatorSet, int batch, int tokens) {
        return bert(new Layers(operatorSet), batch, tokens);
    }

    private static ModelProto bert(Layers text, int batch, int tokens) {
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String floats = text.cast(text.unsqueeze(text.unsqueeze(mask, 1), 2), DataType.FLOAT);
        String added = text.mul(text.node("Sub", text.scalar(1), floats), -10000);
        String types = text.embedding(text.ids("token_type_ids", batch, tokens), 2, WIDTH);
        String x = text.add(text.embedding(ids, WORDS, WIDTH), types);
        x = text.writtenLayerNorm(text.add(x, text.floats(1, tokens, WIDTH)), WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String scores = text.node("MatMul", query(text, x, batch, tokens), key(text, x, batch, tokens));
            String weights = text.softmax(text.add(text.div(scores, Math.sqrt(SIZE)), added));
            x = attended(text, x, weights, batch, tokens);
        }
        return text.graph().model(pooled(text, x));
    }

    /** What follows the weights of attention in a layer: the values they weigh, two dense layers, and norms behind each sum. */
    private static String attended(Layers text, String x, String weights, int batch, int tokens) {
        String y = text.linear(joined(text, weights, query(text, x, batch, tokens), batch, tokens), WIDTH, WIDTH);
        String sum = text.writtenLayerNorm(text.add(y, x), WIDTH);
        y = text.linear(text.gelu(text.linear(sum, WIDTH, INNER)), INNER, WIDTH);
        return text.writtenLayerNorm(text.add(y, sum), WIDTH);
    }

    /** LayerNormalization, q and k scaled each, and a mask over pairs of tokens. */
    private static ModelProto newBert(int batch, int tokens) {
        Layers text = new Layers(17);
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String pairs =
                text.node("Expand", text.unsqueeze(text.unsqueeze(mask, 1), 2), text.list(batch, 1, tokens, tokens));
        String hidden = text.node("Sub", text.scalar(1), text.cast(pairs, DataType.FLOAT));
        String added = text.node("Where", text.cast(hidden, DataType.BOOL), text.scalar(LOWEST), hidden);
        String x = text.add(text.embedding(ids, WORDS, WIDTH), text.floats(1, tokens, WIDTH));
        x = text.layerNorm(x, WIDTH);
        double scale = Math.sqrt(1 / Math.sqrt(SIZE));
        for (int layer = 0; layer < LAYERS; layer++) {
            String q = query(text, x, batch, tokens);
            String k = key(text, x, batch, tokens);
            String v = query(text, x, batch, tokens);
            String scores = text.node("MatMul", text.mul(q, scale), text.mul(k, scale));
            String weights = text.softmax(text.add(scores, added));
            String y = text.linear(joined(text, weights, v, batch, tokens), WIDTH, WIDTH);
            x = text.layerNorm(text.add(y, x), WIDTH);
            y = text.linear(text.gelu(text.linear(x, WIDTH, INNER)), INNER, WIDTH);
            x = text.layerNorm(text.add(y, x), WIDTH);
        }
        return text.graph().model(pooled(text, x));
    }

    /** q divided before the product, and scores of masked tokens replaced. */
    private static ModelProto distilBert(int batch, int tokens) {
        Layers text = new Layers(14);
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String none = text.node("Equal", mask, text.graph().scalarInteger("zero", 0));
        String hidden =
                text.node("Expand", text.reshape(none, batch, 1, 1, tokens), text.list(batch, HEADS, tokens, tokens));
        String x = text.add(text.embedding(ids, WORDS, WIDTH), text.floats(1, tokens, WIDTH));
        x = text.writtenLayerNorm(x, WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String q = text.div(query(text, x, batch, tokens), Math.sqrt(SIZE));
            String scores = text.node("MatMul", q, key(text, x, batch, tokens));
            String weights = text.softmax(text.node("Where", hidden, text.scalar(LOWEST), scores));
            x = attended(text, x, weights, batch, tokens);
        }
        return text.graph().model(x);
    }

    /** As tf2onnx writes it: layers over rows of rank 2, and normalisation with its mean moved into the bias. */
    private static ModelProto kerasBert(int batch, int tokens) {
        Layers text = new Layers(15);
        String ids = text.ids("input_ids", batch, tokens);
        String mask =
                text.cast(text.reshape(text.ids("attention_mask", batch, tokens), batch, 1, 1, tokens), DataType.FLOAT);
        String added = text.mul(text.node("Sub", text.scalar(1), mask), -10000);
        String x = movedNorm(text, text.add(text.embedding(ids, WORDS, WIDTH), text.floats(1, tokens, WIDTH)));
        for (int layer = 0; layer < LAYERS; layer++) {
            String q = heads(text, rows(text, x, batch, tokens, WIDTH, WIDTH), batch, tokens);
            String k = heads(text, rows(text, x, batch, tokens, WIDTH, WIDTH), batch, tokens);
            String v = heads(text, rows(text, x, batch, tokens, WIDTH, WIDTH), batch, tokens);
            String scores = text.node("MatMul", q, text.transpose(k, 0, 1, 3, 2));
            String weights = text.softmax(text.add(text.mul(scores, 1 / Math.sqrt(SIZE)), added));
            String y = rows(text, joined(text, weights, v, batch, tokens), batch, tokens, WIDTH, WIDTH);
            x = movedNorm(text, text.add(y, x));
            y = rows(text, x, batch, tokens, WIDTH, INNER);
            y = text.node(
                    "Mul",
                    text.mul(y, 0.5),
                    text.node("Add", text.node("Erf", text.mul(y, Math.sqrt(0.5))), text.scalar(1)));
            x = movedNorm(text, text.add(rows(text, y, batch, tokens, INNER, WIDTH), x));
        }
        return text.graph().model(x);
    }

    private static String rows(Layers text, String x, int batch, int tokens, int from, int to) {
        String product = text.matMul(text.reshape(x, (long) batch * tokens, from), from, to);
        return text.add(text.reshape(product, batch, tokens, to), text.floats(to));
    }

    private static String movedNorm(Layers text, String x) {
        String mean = text.mean(x);
        String centred = text.node("Sub", x, mean);
        String variance = text.mean(text.node("Mul", centred, centred));
        String deviation = text.node("Sqrt", text.node("Add", variance, text.scalar(1e-12)));
        String factor = text.node("Mul", text.node("Reciprocal", deviation), text.floats(WIDTH));
        String moved = text.node("Sub", text.floats(WIDTH), text.node("Mul", mean, factor));
        return text.add(text.node("Mul", x, factor), moved);
    }

    /** Root mean squares, no biases, and a bias of the scores that the distance between tokens gives. */
    private static ModelProto t5(int batch, int tokens) {
        Layers text = new Layers(14);
        String ids = text.ids("input_ids", batch, tokens);
        String mask = text.ids("attention_mask", batch, tokens);
        String floats = text.cast(text.unsqueeze(text.unsqueeze(mask, 1), 2), DataType.FLOAT);
        String added = text.mul(text.node("Sub", text.scalar(1), floats), LOWEST);
        String distances = text.graph().integers("distances", distances(tokens), tokens, tokens);
        String bias = text.unsqueeze(text.transpose(text.embedding(distances, 32, HEADS), 2, 0, 1), 0);
        String both = text.add(bias, added);
        String x = text.embedding(ids, WORDS, WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String y = text.rmsNorm(x, WIDTH);
            String q = heads(text, text.matMul(y, WIDTH, WIDTH), batch, tokens);
            String k = text.reshape(text.matMul(y, WIDTH, WIDTH), batch, tokens, HEADS, SIZE);
            String v = heads(text, text.matMul(y, WIDTH, WIDTH), batch, tokens);
            String scores = text.node("MatMul", q, text.transpose(k, 0, 2, 3, 1));
            String weights = text.softmax(text.add(scores, both));
            x = text.add(x, text.matMul(joined(text, weights, v, batch, tokens), WIDTH, WIDTH));
            y = text.relu(text.matMul(text.rmsNorm(x, WIDTH), WIDTH, INNER));
            x = text.add(x, text.matMul(y, INNER, WIDTH));
        }
        return text.graph().model(text.rmsNorm(x, WIDTH));
    }

    private static long[] distances(int tokens) {
        long[] distances = new long[tokens * tokens];
        for (int place = 0; place < distances.length; place++) {
            int distance = place % tokens - place / tokens;
            distances[place] = Math.min(15L, Math.abs(distance)) + (distance > 0 ? 16 : 0);
        }
        return distances;
    }

    private static String heads(Layers text, String x, int batch, int tokens) {
        return text.transpose(text.reshape(x, batch, tokens, HEADS, SIZE), 0, 2, 1, 3);
    }

    /** A projection whose heads come before its tokens: queries, and values too. */
    private static String query(Layers text, String x, int batch, int tokens) {
        return heads(text, text.linear(x, WIDTH, WIDTH), batch, tokens);
    }

    private static String key(Layers text, String x, int batch, int tokens) {
        String split = text.reshape(text.linear(x, WIDTH, WIDTH), batch, tokens, HEADS, SIZE);
        return text.transpose(split, 0, 2, 3, 1);
    }

    private static String joined(Layers text, String weights, String values, int batch, int tokens) {
        String weighted = text.transpose(text.node("MatMul", weights, values), 0, 2, 1, 3);
        return text.reshape(weighted, batch, tokens, WIDTH);
    }

    private static String pooled(Layers text, String x) {
        return text.node("Tanh", text.gemm(text.pick(x, 1, 0), WIDTH, WIDTH));
    }
}
