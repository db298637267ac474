package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.GraphWriter;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Pipelines of scikit-learn as skl2onnx writes them. */
final class ClassicalNetworks {
    private static final int OPERATOR_SET = 17;
    private static final int FEATURES = 20;
    private static final int CLASSES = 3;
    private static final int VECTORS = 200;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "classical",
            Networks.GOAL,
            new OperatorModel("logistic-1", () -> logistic(1)),
            new OperatorModel("logistic-100", () -> logistic(100)),
            new OperatorModel("svc-1", () -> svc(1)),
            new OperatorModel("svc-100", () -> svc(100)),
            new OperatorModel("svr-1", () -> svr(1)),
            new OperatorModel("svr-100", () -> svr(100)),
            new OperatorModel("forest-1", () -> forest(1)),
            new OperatorModel("forest-100", () -> forest(100))));

    private ClassicalNetworks() {}

    private static float[] floats(String name, int count, float bound) {
        Random random = new Random(name.hashCode());
        float[] floats = new float[count];
        for (int place = 0; place < count; place++) {
            floats[place] = bound * (2 * random.nextFloat() - 1);
        }
        return floats;
    }

    private static String scaled(GraphWriter graph, int batch) {
        float[] scale = new float[FEATURES];
        Arrays.fill(scale, 2);
        return graph.classical(
                "Scaler",
                Attributes.NONE.with("offset", floats("offset", FEATURES, 0.5f)).with("scale", scale),
                graph.input("features", batch, FEATURES));
    }

    private static long[] labels() {
        return LongStream.range(0, CLASSES).toArray();
    }

    private static ModelProto logistic(int batch) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String label = graph.classicalOf(
                2,
                "LinearClassifier",
                Attributes.NONE
                        .with("classlabels_ints", labels())
                        .with("coefficients", floats("coefficients", CLASSES * FEATURES, 0.5f))
                        .with("intercepts", floats("intercepts", CLASSES, 0.5f))
                        .with("multi_class", 1)
                        .with("post_transform", "SOFTMAX"),
                scaled(graph, batch));
        graph.output(DataType.INT64, label);
        return graph.model(label + "_1");
    }

    /** One machine for each pair of classes, and probabilities made of what they say. */
    private static ModelProto svc(int batch) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        int pairs = CLASSES * (CLASSES - 1) / 2;
        String label = graph.classicalOf(
                2,
                "SVMClassifier",
                Attributes.NONE
                        .with("classlabels_ints", labels())
                        .with("coefficients", floats("coefficients", VECTORS * (CLASSES - 1), 1))
                        .with("kernel_params", 0.05f, 0f, 3f)
                        .with("kernel_type", "RBF")
                        .with("prob_a", floats("a", pairs, 1))
                        .with("prob_b", floats("b", pairs, 0.5f))
                        .with("rho", floats("rho", pairs, 0.5f))
                        .with("support_vectors", floats("vectors", VECTORS * FEATURES, 1))
                        .with("vectors_per_class", 70, 70, 60)
                        .with("post_transform", "NONE"),
                scaled(graph, batch));
        graph.output(DataType.INT64, label);
        return graph.model(label + "_1");
    }

    private static ModelProto svr(int batch) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        return graph.model(graph.classical(
                "SVMRegressor",
                Attributes.NONE
                        .with("coefficients", floats("coefficients", VECTORS, 1))
                        .with("kernel_params", 0.05f, 0f, 3f)
                        .with("kernel_type", "RBF")
                        .with("n_supports", VECTORS)
                        .with("rho", new float[] {0.25f})
                        .with("support_vectors", floats("vectors", VECTORS * FEATURES, 1)),
                scaled(graph, batch)));
    }

    /** A hundred trees that grew on one side more than on the other. */
    private static ModelProto forest(int batch) {
        int trees = 100;
        int inner = 60;
        int nodes = 2 * inner + 1;
        int all = trees * nodes;
        Random random = new Random(trees);
        long[] features = new long[all];
        long[] left = new long[all];
        long[] right = new long[all];
        float[] values = new float[all];
        String[] modes = new String[all];
        Arrays.fill(modes, "LEAF");
        for (int tree = 0; tree < trees; tree++) {
            grow(tree * nodes, inner, random, features, left, right, values, modes);
        }
        int[] leaves = IntStream.range(0, all)
                .filter(place -> modes[place].equals("LEAF"))
                .toArray();
        int classes = leaves.length * CLASSES;
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String label = graph.classicalOf(
                2,
                "TreeEnsembleClassifier",
                Attributes.NONE
                        .with("classlabels_int64s", labels())
                        .with("nodes_treeids", each(all, place -> place / nodes))
                        .with("nodes_nodeids", each(all, place -> place % nodes))
                        .with("nodes_featureids", features)
                        .with("nodes_modes", List.of(modes))
                        .with("nodes_values", values)
                        .with("nodes_truenodeids", left)
                        .with("nodes_falsenodeids", right)
                        .with("class_treeids", each(classes, place -> leaves[place / CLASSES] / nodes))
                        .with("class_nodeids", each(classes, place -> leaves[place / CLASSES] % nodes))
                        .with("class_ids", each(classes, place -> place % CLASSES))
                        .with("class_weights", floats("weights", classes, 0.01f))
                        .with("post_transform", "NONE"),
                graph.input("features", batch, FEATURES));
        graph.output(DataType.INT64, label);
        return graph.model(label + "_1");
    }

    /** A leaf chosen at random becomes a branch, again and again. */
    private static void grow(
            int first,
            int inner,
            Random random,
            long[] features,
            long[] left,
            long[] right,
            float[] values,
            String... modes) {
        int count = 1;
        for (int branch = 0; branch < inner; branch++) {
            int place = random.nextInt(count);
            while (!modes[first + place].equals("LEAF")) {
                place = random.nextInt(count);
            }
            modes[first + place] = "BRANCH_LEQ";
            features[first + place] = random.nextInt(FEATURES);
            values[first + place] = random.nextFloat();
            left[first + place] = count;
            right[first + place] = count + 1L;
            count += 2;
        }
    }

    private static long[] each(int count, IntToLongFunction value) {
        return IntStream.range(0, count).mapToLong(value).toArray();
    }
}
