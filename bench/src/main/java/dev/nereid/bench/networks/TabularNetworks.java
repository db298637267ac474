package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Networks over rows of numbers and categories. */
final class TabularNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "tabular",
            Networks.GOAL,
            new OperatorModel("mlp-1", () -> mlp(1)),
            new OperatorModel("mlp-32", () -> mlp(32)),
            new OperatorModel("mlp-256", () -> mlp(256)),
            new OperatorModel("dlrm-1", () -> dlrm(1)),
            new OperatorModel("dlrm-128", () -> dlrm(128)),
            new OperatorModel("autoencoder-64", () -> autoencoder(64))));

    private TabularNetworks() {}

    /** Normalised behind each activation, so that it cannot be folded into the layer before. */
    static ModelProto mlp(int batch) {
        Layers text = new Layers(14);
        String x = normalized(text, text.graph().input("features", batch, 64), 64);
        int width = 64;
        for (int next : new int[] {256, 128, 64}) {
            x = normalized(text, text.node("Relu", text.gemm(x, width, next)), next);
            x = text.node("Relu", normalized(text, text.gemm(x, next, next), next));
            width = next;
        }
        return text.graph().model(text.softmax(text.gemm(x, width, 8)));
    }

    private static String normalized(Layers text, String x, int width) {
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        return text.node(
                "BatchNormalization",
                x,
                text.floats(width),
                text.floats(width),
                text.floats(width),
                text.constants(ones));
    }

    /** Products of all pairs of embedded categories, beside the numbers. */
    private static ModelProto dlrm(int batch) {
        int width = 32;
        int categories = 8;
        Layers text = new Layers(14);
        String x = text.graph().input("numbers", batch, 13);
        x = text.node("Relu", text.gemm(x, 13, 128));
        x = text.node("Relu", text.gemm(x, 128, width));
        String ids = text.ids("categories", batch, categories);
        String[] vectors = new String[categories + 1];
        vectors[0] = x;
        for (int category = 0; category < categories; category++) {
            vectors[category + 1] = text.embedding(text.pick(ids, 1, category), 2000, width);
        }
        int all = categories + 1;
        String rows = text.reshape(text.concat(1, vectors), batch, all, width);
        String products = text.node("MatMul", rows, text.transpose(rows, 0, 2, 1));
        long[] below = IntStream.range(0, all * all)
                .filter(place -> place % all < place / all)
                .asLongStream()
                .toArray();
        String pairs = text.graph()
                .node(
                        "Gather",
                        Attributes.NONE.with("axis", 1),
                        text.reshape(products, batch, (long) all * all),
                        text.list(below));
        int joined = width + below.length;
        x = text.node("Relu", text.gemm(text.concat(1, x, pairs), joined, 128));
        x = text.node("Relu", text.gemm(x, 128, 64));
        return text.graph().model(text.node("Sigmoid", text.gemm(x, 64, 1)));
    }

    /** With the mean square error of each row, which tells anomalies. */
    private static ModelProto autoencoder(int batch) {
        Layers text = new Layers(14);
        String input = text.graph().input("features", batch, 128);
        String x = input;
        int width = 128;
        for (int next : new int[] {64, 32, 8, 32, 64}) {
            x = text.node("LeakyRelu", text.gemm(x, width, next));
            width = next;
        }
        x = text.gemm(x, width, 128);
        String error = text.node("Sub", input, x);
        return text.graph().model(text.mean(text.node("Mul", error, error)));
    }
}
