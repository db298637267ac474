package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.BitSet;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * The nodes of one of XGBoost's trees, each at its place in lists: a feature below its condition goes left, and a category
 * goes left that is not in the node's set.
 *
 * @param left children, negative for leaves
 * @param conditions thresholds; of leaves, their values
 * @param missingLeft where NaN goes
 * @param covers how many training rows came to each node, as sums of Hessians; empty where that is not known
 * @param categories of the nodes that have a set
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in this package alone
record XgboostNodes(
        int[] left,
        int[] right,
        int[] features,
        float[] conditions,
        boolean[] missingLeft,
        float[] covers,
        Map<Integer, long[]> categories) {

    /**
     * Adds the tree to an ensemble.
     *
     * @param featureCount of a row
     * @param weights of leaves
     */
    void addTo(TreeEnsembleAttributes ensemble, int featureCount, int target, IntToDoubleFunction weights) {
        requireTree();
        ensemble.root(add(ensemble, featureCount, target, weights));
    }

    private int size() {
        return left.length;
    }

    /** Checks that every node but the first is led to at most once: then there is no circle from the first one on. */
    private void requireTree() {
        if (size() == 0) {
            throw new ModelFormatException("expected at least one node, got none");
        }
        BitSet seen = new BitSet();
        seen.set(0);
        for (int node = 0; node < size(); node++) {
            if (left[node] >= 0) {
                enter(node, left[node], seen);
                enter(node, right[node], seen);
            }
        }
    }

    private void enter(int from, int child, BitSet seen) {
        if (child < 0 || child >= size()) {
            throw new ModelFormatException(
                    "node " + from + " leads to node " + child + ", and there are " + size() + " nodes");
        }
        if (seen.get(child)) {
            throw new ModelFormatException("node " + child + " is led to twice, the second time by node " + from);
        }
        seen.set(child);
    }

    private int add(TreeEnsembleAttributes ensemble, int featureCount, int target, IntToDoubleFunction weights) {
        int[] places = new int[size()];
        for (int node = 0; node < size(); node++) {
            if (left[node] < 0) {
                places[node] = ensemble.leaf(target, weights.applyAsDouble(node));
                continue;
            }
            if (features[node] < 0 || features[node] >= featureCount) {
                throw new ModelFormatException("node " + node + " reads feature " + features[node]
                        + ", and the model has " + featureCount + " features");
            }
            long[] set = categories.get(node);
            double leftShare = share(left[node], right[node]);
            places[node] = set == null
                    ? ensemble.compare(
                            features[node],
                            TreeEnsembleAttributes.Mode.LESS,
                            conditions[node],
                            missingLeft[node],
                            leftShare)
                    : ensemble.member(features[node], set, !missingLeft[node], 1 - leftShare);
        }
        for (int node = 0; node < size(); node++) {
            if (left[node] >= 0) {
                boolean set = categories.containsKey(node);
                ensemble.connect(
                        places[node], places[set ? right[node] : left[node]], places[set ? left[node] : right[node]]);
            }
        }
        return places[0];
    }

    private double share(int child, int sibling) {
        return covers.length == 0 ? Double.NaN : TreeEnsembleAttributes.share(covers[child], covers[sibling]);
    }
}
