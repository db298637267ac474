package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * One of LightGBM's trees: a feature up to its threshold goes left, and a category goes left that is in the node's set.
 * Children are nodes or, where negative, leaves.
 */
final class LightgbmTree {
    private static final int CATEGORICAL = 1;
    private static final int MISSING_LEFT = 2;

    private static final int NO_MISSING = 0;
    private static final int MISSING_IS_ZERO = 1;
    private static final int MISSING_IS_NAN = 2;

    private final LightgbmLines lines;
    private final TreeEnsembleAttributes ensemble;
    private final int nodes;
    private final int[] leaves;
    private final int[] left;
    private final int[] right;
    private final int[] places;
    private final Optional<Counts> counts;

    /** How many training rows came to nodes and leaves. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Counts(int[] nodes, int[] leaves) {}

    private LightgbmTree(LightgbmLines lines, TreeEnsembleAttributes ensemble, int target) {
        this.lines = lines;
        this.ensemble = ensemble;
        int count = lines.integer("num_leaves");
        double[] values = lines.reals("leaf_value", count);
        leaves = Arrays.stream(values)
                .mapToInt(value -> ensemble.leaf(target, value))
                .toArray();
        nodes = count - 1;
        left = nodes > 0 ? lines.integers("left_child", nodes) : new int[0];
        right = nodes > 0 ? lines.integers("right_child", nodes) : new int[0];
        places = new int[nodes];
        counts = nodes > 0
                        && lines.find("internal_count").isPresent()
                        && lines.find("leaf_count").isPresent()
                ? Optional.of(new Counts(lines.integers("internal_count", nodes), lines.integers("leaf_count", count)))
                : Optional.empty();
    }

    /** Adds a tree to an ensemble. */
    static void add(LightgbmLines lines, TreeEnsembleAttributes ensemble, int target, int features) {
        if (lines.find("is_linear").orElse("0").equals("1")) {
            throw new ModelFormatException(
                    "its leaves are linear models, which are not read: train with linear_tree=false");
        }
        if (lines.integer("num_leaves") < 1) {
            throw new ModelFormatException("'num_leaves': expected at least 1, got " + lines.integer("num_leaves"));
        }
        LightgbmTree tree = new LightgbmTree(lines, ensemble, target);
        if (tree.nodes == 0) {
            ensemble.root(tree.leaves[0]);
            return;
        }
        tree.requireTree();
        tree.addNodes(features);
        ensemble.root(tree.places[0]);
    }

    /** Checks that every node but the first is led to at most once: then there is no circle from the first one on. */
    private void requireTree() {
        BitSet seen = new BitSet();
        seen.set(0);
        for (int node = 0; node < nodes; node++) {
            enter(node, left[node], seen);
            enter(node, right[node], seen);
        }
    }

    private void enter(int from, int child, BitSet seen) {
        if (child >= nodes || ~child >= leaves.length) {
            throw new ModelFormatException(
                    "node " + from + " leads to " + (child < 0 ? "leaf " + ~child : "node " + child)
                            + ", and there are " + nodes + " nodes and " + leaves.length + " leaves");
        }
        if (child >= 0 && seen.get(child)) {
            throw new ModelFormatException("node " + child + " is led to twice, the second time by node " + from);
        }
        if (child >= 0) {
            seen.set(child);
        }
    }

    private void addNodes(int featureCount) {
        int[] features = lines.integers("split_feature", nodes);
        double[] thresholds = lines.reals("threshold", nodes);
        int[] decisions = lines.integers("decision_type", nodes);
        LightgbmCategories categories = LightgbmCategories.of(lines, nodes);
        for (int node = 0; node < nodes; node++) {
            if (features[node] < 0 || features[node] >= featureCount) {
                throw new ModelFormatException("node " + node + " reads feature " + features[node]
                        + ", and the model has " + featureCount + " features");
            }
        }
        for (int node = 0; node < nodes; node++) {
            places[node] = (decisions[node] & CATEGORICAL) != 0
                    ? ensemble.member(features[node], categories.set(thresholds[node]), false, leftShare(node))
                    : compare(node, features[node], thresholds[node], decisions[node]);
        }
        for (int node = 0; node < nodes; node++) {
            ensemble.connect(places[node], place(left[node]), place(right[node]));
        }
    }

    private int place(int child) {
        return child < 0 ? leaves[~child] : places[child];
    }

    private int compare(int node, int feature, double threshold, int decision) {
        boolean missingLeft = (decision & MISSING_LEFT) != 0;
        int missing = decision >> 2 & 3;
        if (missing > MISSING_IS_NAN) {
            throw new ModelFormatException(
                    "decision type " + decision + " says that missing values are of type " + missing);
        }
        ensemble.zeroIsMissing(feature, missing == MISSING_IS_ZERO);
        return ensemble.compare(
                feature,
                TreeEnsembleAttributes.Mode.LESS_OR_EQUAL,
                threshold,
                missing == NO_MISSING ? 0 <= threshold : missingLeft,
                leftShare(node));
    }

    private double leftShare(int node) {
        return counts.isEmpty() ? Double.NaN : TreeEnsembleAttributes.share(count(left[node]), count(right[node]));
    }

    private int count(int child) {
        Counts known = counts.orElseThrow();
        return child < 0 ? known.leaves()[~child] : known.nodes()[child];
    }
}
