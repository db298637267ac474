package dev.nereid.models.operators.ml;

import dev.nereid.models.operators.OperatorCase;
import java.util.ArrayList;
import java.util.List;

/** Trees as the parallel lists of TreeEnsembleClassifier and TreeEnsembleRegressor. */
final class ForestNode {
    private final List<Long> trees = new ArrayList<>();
    private final List<Long> nodes = new ArrayList<>();
    private final List<Long> features = new ArrayList<>();
    private final List<Long> onTrue = new ArrayList<>();
    private final List<Long> onFalse = new ArrayList<>();
    private final List<Float> thresholds = new ArrayList<>();
    private final List<String> modes = new ArrayList<>();
    private final List<Long> weightTrees = new ArrayList<>();
    private final List<Long> weightNodes = new ArrayList<>();
    private final List<Long> weightTargets = new ArrayList<>();
    private final List<Float> weights = new ArrayList<>();

    /** A node that compares. */
    ForestNode branch(int tree, int node, String mode, int feature, float threshold, int whenTrue, int whenFalse) {
        trees.add((long) tree);
        nodes.add((long) node);
        modes.add(mode);
        features.add((long) feature);
        thresholds.add(threshold);
        onTrue.add((long) whenTrue);
        onFalse.add((long) whenFalse);
        return this;
    }

    /** A leaf; weights are pairs of a target and a number. */
    ForestNode leaf(int tree, int node, float... targetsAndWeights) {
        branch(tree, node, "LEAF", 0, 0, 0, 0);
        for (int i = 0; i < targetsAndWeights.length; i += 2) {
            weightTrees.add((long) tree);
            weightNodes.add((long) node);
            weightTargets.add((long) targetsAndWeights[i]);
            weights.add(targetsAndWeights[i + 1]);
        }
        return this;
    }

    /** Gives a case these trees; {@code kind} is what the lists of weights are called by. */
    OperatorCase in(OperatorCase test, String kind) {
        return test.with("nodes_treeids", longs(trees))
                .with("nodes_nodeids", longs(nodes))
                .with("nodes_featureids", longs(features))
                .with("nodes_modes", modes)
                .with("nodes_values", floats(thresholds))
                .with("nodes_truenodeids", longs(onTrue))
                .with("nodes_falsenodeids", longs(onFalse))
                .with(kind + "_treeids", longs(weightTrees))
                .with(kind + "_nodeids", longs(weightNodes))
                .with(kind + "_ids", longs(weightTargets))
                .with(kind + "_weights", floats(weights));
    }

    private static long[] longs(List<Long> list) {
        return list.stream().mapToLong(Long::longValue).toArray();
    }

    private static float[] floats(List<Float> list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i);
        }
        return values;
    }
}
