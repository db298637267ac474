package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Decoders that look at an encoder's cells: one step of T5's and Whisper's, and of a recurrent one. */
final class CrossAttentionDecoders {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "crossed",
            Networks.GOAL,
            new OperatorModel("step-after64", () -> step(64)),
            new OperatorModel("step-after1500", () -> step(1500)),
            new OperatorModel("gru-steps", CrossAttentionDecoders::recurrent)));

    private static final int WIDTH = 512;
    private static final int HEADS = 8;
    private static final int SIZE = WIDTH / HEADS;
    private static final int PAST = 20;
    private static final int WORDS = 8000;

    private CrossAttentionDecoders() {}

    /** Two layers for one token; keys and values of the tokens before it, and of {@code cells} of the encoder, are inputs. */
    private static ModelProto step(int cells) {
        Layers layers = new Layers(17);
        String x = layers.graph().input("x", 1, 1, WIDTH);
        String mask =
                layers.cast(layers.unsqueeze(layers.unsqueeze(layers.ids("mask", 1, cells), 1), 1), DataType.FLOAT);
        String hidden = layers.mul(layers.node("Sub", layers.scalar(1), mask), -1e9);
        for (int layer = 0; layer < 2; layer++) {
            String y = layers.rmsNorm(x, WIDTH);
            String q = head(layers, y);
            String k = present(layers, "key" + layer, head(layers, y));
            String v = present(layers, "value" + layer, head(layers, y));
            x = layers.add(x, attention(layers, q, k, v, layers.floats(1, HEADS, 1, PAST + 1)));
            q = head(layers, layers.rmsNorm(x, WIDTH));
            k = layers.graph().input("encoder_key" + layer, 1, HEADS, cells, SIZE);
            v = layers.graph().input("encoder_value" + layer, 1, HEADS, cells, SIZE);
            x = layers.add(x, attention(layers, q, k, v, hidden));
            String inner = layers.relu(layers.matMul(layers.rmsNorm(x, WIDTH), WIDTH, 4 * WIDTH));
            x = layers.add(x, layers.matMul(inner, 4 * WIDTH, WIDTH));
        }
        return layers.graph().model(layers.matMul(layers.rmsNorm(x, WIDTH), WIDTH, WORDS));
    }

    private static String head(Layers layers, String x) {
        return layers.heads(layers.matMul(x, WIDTH, WIDTH), 1, 1, HEADS, SIZE);
    }

    private static String present(Layers layers, String name, String x) {
        String all = layers.concat(2, layers.graph().input("past_" + name, 1, HEADS, PAST, SIZE), x);
        layers.graph().output(DataType.FLOAT, all);
        return all;
    }

    private static String attention(Layers layers, String q, String k, String v, String added) {
        String scores = layers.add(layers.node("MatMul", q, layers.transpose(k, 0, 1, 3, 2)), added);
        String context = layers.transpose(layers.node("MatMul", layers.softmax(scores), v), 0, 2, 1, 3);
        return layers.matMul(layers.reshape(context, 1, 1, WIDTH), WIDTH, WIDTH);
    }

    /** Four steps of a gated unit, written out, that looks at thirty cells. */
    private static ModelProto recurrent() {
        Layers layers = new Layers(17);
        int width = 256;
        String cells = layers.graph().input("cells", 1, 30, width);
        String h = layers.graph().input("h", 1, width);
        for (int step = 0; step < 4; step++) {
            String word = layers.reshape(layers.embedding(layers.ids("word" + step, 1), WORDS, width), 1, width);
            String scores = layers.node("MatMul", cells, layers.unsqueeze(h, 2));
            String weights = layers.graph().node("Softmax", Attributes.NONE.with("axis", 1), scores);
            String seen = layers.graph()
                    .node(
                            "ReduceSum",
                            Attributes.NONE.with("keepdims", 0),
                            layers.node("Mul", cells, weights),
                            layers.list(1));
            String in = layers.gemm(layers.concat(1, word, seen), 2 * width, 3 * width);
            String ofInput = layers.split(in, 1, width, width, width);
            String ofState = layers.split(layers.gemm(h, width, 3 * width), 1, width, width, width);
            String reset = layers.node("Sigmoid", layers.add(ofInput, ofState));
            String update = layers.node("Sigmoid", layers.add(ofInput + "_1", ofState + "_1"));
            String next = layers.node("Tanh", layers.add(ofInput + "_2", layers.node("Mul", reset, ofState + "_2")));
            String kept = layers.node("Mul", update, h);
            h = layers.add(layers.node("Mul", layers.node("Sub", layers.scalar(1), update), next), kept);
        }
        return layers.graph().model(layers.gemm(h, width, WORDS));
    }
}
