package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Full binary trees that are summed up, as gradient boosting makes them. */
final class TreeModels {
    private static final int OPERATOR_SET = 21;
    private static final int FEATURES = 28;
    private static final int TREES = 100;
    private static final int DEPTH = 6;

    static final List<OperatorFamily> FAMILIES =
            List.of(OperatorFamily.of("trees", 1.5, ensemble(1), ensemble(64), ensemble(1024)));

    private TreeModels() {}

    private static OperatorModel ensemble(int batch) {
        return new OperatorModel("b" + batch, () -> graph(batch));
    }

    private static ModelProto graph(int batch) {
        int inner = (1 << DEPTH) - 1;
        int nodes = 2 * inner + 1;
        int all = TREES * nodes;
        long[] trees = new long[all];
        long[] ids = new long[all];
        long[] features = new long[all];
        long[] left = new long[all];
        long[] right = new long[all];
        float[] values = new float[all];
        List<String> modes = new ArrayList<>();
        Random random = new Random(TREES);
        for (int place = 0; place < all; place++) {
            int node = place % nodes;
            boolean branch = node < inner;
            trees[place] = place / nodes;
            ids[place] = node;
            modes.add(branch ? "BRANCH_LEQ" : "LEAF");
            features[place] = branch ? random.nextInt(FEATURES) : 0;
            values[place] = branch ? random.nextFloat() : 0;
            left[place] = branch ? 2L * node + 1 : 0;
            right[place] = branch ? 2L * node + 2 : 0;
        }
        int leaves = TREES * (inner + 1);
        long[] targetTrees = new long[leaves];
        long[] targetNodes = new long[leaves];
        float[] weights = new float[leaves];
        for (int leaf = 0; leaf < leaves; leaf++) {
            targetTrees[leaf] = leaf / (inner + 1);
            targetNodes[leaf] = (long) inner + leaf % (inner + 1);
            weights[leaf] = random.nextFloat();
        }
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        return graph.model(graph.classical(
                "TreeEnsembleRegressor",
                Attributes.NONE
                        .with("n_targets", 1)
                        .with("nodes_treeids", trees)
                        .with("nodes_nodeids", ids)
                        .with("nodes_featureids", features)
                        .with("nodes_modes", modes)
                        .with("nodes_values", values)
                        .with("nodes_truenodeids", left)
                        .with("nodes_falsenodeids", right)
                        .with("target_treeids", targetTrees)
                        .with("target_nodeids", targetNodes)
                        .with("target_ids", new long[leaves])
                        .with("target_weights", weights),
                graph.input("x", batch, FEATURES)));
    }
}
