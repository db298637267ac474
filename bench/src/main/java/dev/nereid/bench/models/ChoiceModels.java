package dev.nereid.bench.models;

import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;
import java.util.Random;

/** What chooses among elements, repeats them or counts them. */
final class ChoiceModels {
    private static final int OPERATOR_SET = 20;
    private static final double GOAL = 1.0;

    private static final OperatorFamily CHOICE = OperatorFamily.of(
            "choice",
            GOAL,
            choice("integers-or-one", DataType.INT64, false),
            choice("integers", DataType.INT64, true),
            choice("floats-or-one", DataType.FLOAT, false));

    private static final OperatorFamily CONSTANT =
            OperatorFamily.of("constant", GOAL, expanded(64, 60, 60), padded(64, 56, 4), padded(3, 224, 16));

    private static final OperatorFamily SAMPLING =
            OperatorFamily.of("sampling", GOAL, sampled(32_000, 32_000), sampled(32_000, 50));

    private static final OperatorFamily GRAMS = OperatorFamily.of("grams", GOAL, grams(1, 64), grams(32, 128));

    private static final OperatorFamily CASTS = OperatorFamily.of(
            "casts",
            GOAL,
            cast("bytes-to-floats", DataType.UINT8, DataType.FLOAT),
            cast("booleans-to-floats", DataType.BOOL, DataType.FLOAT),
            cast("floats-to-booleans", DataType.FLOAT, DataType.BOOL),
            cast("floats-to-bytes", DataType.FLOAT, DataType.UINT8),
            cast("floats-to-signed-bytes", DataType.FLOAT, DataType.INT8),
            cast("signed-bytes-to-floats", DataType.INT8, DataType.FLOAT),
            cast("floats-to-integers", DataType.FLOAT, DataType.INT32),
            cast("floats-to-long-integers", DataType.FLOAT, DataType.INT64),
            cast("integers-to-floats", DataType.INT32, DataType.FLOAT),
            cast("long-integers-to-floats", DataType.INT64, DataType.FLOAT),
            cast("integers-to-long-integers", DataType.INT32, DataType.INT64),
            cast("long-integers-to-integers", DataType.INT64, DataType.INT32),
            cast("long-integers-to-booleans", DataType.INT64, DataType.BOOL),
            cast("booleans-to-long-integers", DataType.BOOL, DataType.INT64),
            cast("booleans-to-integers", DataType.BOOL, DataType.INT32),
            cast("bytes-to-integers", DataType.UINT8, DataType.INT32),
            cast("floats-to-doubles", DataType.FLOAT, DataType.DOUBLE),
            cast("doubles-to-floats", DataType.DOUBLE, DataType.FLOAT));

    static final List<OperatorFamily> FAMILIES = List.of(CHOICE, CONSTANT, SAMPLING, GRAMS, CASTS);

    private ChoiceModels() {}

    /** Elements where a mask holds, and others where it does not: as many, or a single one. */
    private static OperatorModel choice(String name, DataType type, boolean both) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String one = type == DataType.INT64 ? graph.scalarInteger("other", -100) : graph.scalar("other", -1e9f);
            return graph.model(
                    type,
                    graph.node(
                            "Where",
                            graph.input(DataType.BOOL, "holds", 64, 512),
                            graph.input(type, "x", 64, 512),
                            both ? graph.input(type, "y", 64, 512) : one));
        });
    }

    private static OperatorModel expanded(long... dims) {
        return new OperatorModel("expanded-%dx%dx%d".formatted(dims[0], dims[1], dims[2]), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node("Expand", graph.input("x", 1, 1, 1), graph.list("dims", dims)));
        });
    }

    private static OperatorModel padded(int channels, int size, long edge) {
        return new OperatorModel("padded-%dx%dp%d".formatted(channels, size, edge), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(graph.node(
                    "Pad",
                    graph.input("x", 1, channels, size, size),
                    graph.list("edges", 0, 0, edge, edge, 0, 0, edge, edge)));
        });
    }

    /** What is left of the likeliest tokens up to nine tenths, as nucleus sampling has it. */
    private static OperatorModel sampled(int tokens, long most) {
        return new OperatorModel("%d-of-%d".formatted(most, tokens), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String top = graph.nodeOf(2, "TopK", graph.input("x", 1, tokens), graph.list("most", most));
            String likely = graph.node("Softmax", top);
            String sums = graph.node("CumSum", likely, graph.scalarInteger("axis", 1));
            String within = graph.node("Less", sums, graph.scalar("share", 0.9f));
            graph.output(DataType.INT64, top + "_1");
            return graph.model(graph.node("Where", within, top, graph.scalar("least", -1e9f)));
        });
    }

    /** How often 2000 words and 2000 pairs of words occur, as scikit-learn's vectorizers are exported. */
    private static OperatorModel grams(int texts, int words) {
        return new OperatorModel("%dx%d".formatted(texts, words), () -> {
            int known = 2000;
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            Random random = new Random(known);
            long[] pool = new long[3 * known];
            long[] columns = new long[2 * known];
            float[] weights = new float[2 * known];
            for (int i = 0; i < known; i++) {
                pool[i] = i;
                pool[known + 2 * i] = i;
                pool[known + 2 * i + 1] = (i * 31L + 7) % known;
                columns[i] = i;
                columns[known + i] = (long) known + i;
                weights[i] = random.nextFloat();
                weights[known + i] = random.nextFloat();
            }
            return graph.model(graph.node(
                    "TfIdfVectorizer",
                    Attributes.NONE
                            .with("mode", "TFIDF")
                            .with("min_gram_length", 1)
                            .with("max_gram_length", 2)
                            .with("max_skip_count", 0)
                            .with("ngram_counts", 0, known)
                            .with("ngram_indexes", columns)
                            .with("pool_int64s", pool)
                            .with("weights", weights),
                    graph.input(DataType.INT64, "x", texts, words)));
        });
    }

    private static OperatorModel cast(String name, DataType from, DataType to) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    to,
                    graph.node("Cast", Attributes.NONE.with("to", to.getNumber()), graph.input(from, "x", 64, 512)));
        });
    }
}
