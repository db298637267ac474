package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Trees as the lists that ONNX's TreeEnsemble has. A place is a node's index or, where it is negative, {@code ~index} of a
 * leaf.
 */
final class TreeEnsembleAttributes {
    /** How a node compares a feature, by ONNX's numbers. */
    enum Mode {
        LESS_OR_EQUAL(0),
        LESS(1),
        MEMBER(6);

        private final int number;

        Mode(int number) {
            this.number = number;
        }
    }

    private final List<Long> features = new ArrayList<>();
    private final List<Long> modes = new ArrayList<>();
    private final List<Double> splits = new ArrayList<>();
    private final List<Double> members = new ArrayList<>();
    private final List<Long> missing = new ArrayList<>();
    private final List<Double> trueShares = new ArrayList<>();
    private final List<Long> onTrue = new ArrayList<>();
    private final List<Long> onFalse = new ArrayList<>();
    private final List<Long> trueIsLeaf = new ArrayList<>();
    private final List<Long> falseIsLeaf = new ArrayList<>();
    private final List<Long> leafTargets = new ArrayList<>();
    private final List<Double> leafWeights = new ArrayList<>();
    private final List<Long> roots = new ArrayList<>();
    private final BitSet categorical = new BitSet();
    private final BitSet compared = new BitSet();
    private final Map<Integer, Boolean> zeroIsMissing = new HashMap<>();

    /**
     * Adds a node; returns its place. {@link #connect} says where it leads.
     *
     * @param trueShare which part of the training rows went the way of true, or NaN where that is not known
     */
    int compare(int feature, Mode mode, double threshold, boolean missingIsTrue, double trueShare) {
        compared.set(feature);
        return node(feature, mode, threshold, missingIsTrue, trueShare);
    }

    /** The share of one of two children by the training rows that came to them: half where none came, NaN of no counts. */
    static double share(double child, double sibling) {
        if (!(child >= 0 && sibling >= 0 && child + sibling < Double.POSITIVE_INFINITY)) {
            return Double.NaN;
        }
        return child + sibling == 0 ? 0.5 : child / (child + sibling);
    }

    /** Adds a node that asks whether a feature is one of some categories; returns its place. */
    int member(int feature, long[] categories, boolean missingIsTrue, double trueShare) {
        categorical.set(feature);
        for (long category : categories) {
            members.add((double) category);
        }
        members.add(Double.NaN);
        return node(feature, Mode.MEMBER, 0, missingIsTrue, trueShare);
    }

    private int node(int feature, Mode mode, double threshold, boolean missingIsTrue, double trueShare) {
        features.add((long) feature);
        modes.add((long) mode.number);
        splits.add(threshold);
        missing.add(missingIsTrue ? 1L : 0L);
        trueShares.add(trueShare);
        onTrue.add(0L);
        onFalse.add(0L);
        trueIsLeaf.add(0L);
        falseIsLeaf.add(0L);
        return features.size() - 1;
    }

    /** Where a node leads. */
    void connect(int node, int whenTrue, int whenFalse) {
        onTrue.set(node, index(whenTrue));
        trueIsLeaf.set(node, whenTrue < 0 ? 1L : 0L);
        onFalse.set(node, index(whenFalse));
        falseIsLeaf.set(node, whenFalse < 0 ? 1L : 0L);
    }

    private static long index(int place) {
        return place < 0 ? ~place : place;
    }

    /** Adds a leaf with a weight for one score; returns its place. */
    int leaf(int target, double weight) {
        leafTargets.add((long) target);
        leafWeights.add(weight);
        return ~(leafTargets.size() - 1);
    }

    /** Adds a tree that starts at a place. A tree of one leaf gets a node of which both ways lead to it. */
    void root(int place) {
        int root = place;
        if (place < 0) {
            root = node(0, Mode.LESS_OR_EQUAL, 0, true, 1);
            connect(root, place, place);
        }
        roots.add((long) root);
    }

    int trees() {
        return roots.size();
    }

    /**
     * Says whether the zeros of a feature are missing values.
     *
     * @throws ModelFormatException if it was said otherwise before
     */
    void zeroIsMissing(int feature, boolean isMissing) {
        Boolean before = zeroIsMissing.putIfAbsent(feature, isMissing);
        if (before != null && before != isMissing) {
            throw new ModelFormatException("zeros of feature " + feature
                    + " are missing values in one node and numbers in another: expected one of them");
        }
    }

    /** Features of which zeros are missing values. */
    BitSet zerosAreMissing() {
        BitSet features = new BitSet();
        zeroIsMissing.forEach((feature, isMissing) -> features.set(feature, isMissing));
        return features;
    }

    /** Features that are looked up in sets. */
    BitSet categorical() {
        return categorical;
    }

    /** Features that are compared with thresholds. */
    BitSet compared() {
        return compared;
    }

    /** The attributes of a node TreeEnsemble, without post transform. */
    Attributes attributes(int targets, DataType type, ImportMemory memory) {
        return new Attributes(Map.ofEntries(
                Map.entry("n_targets", new Attribute.Int(targets)),
                Map.entry("aggregate_function", new Attribute.Int(1)),
                Map.entry("tree_roots", new Attribute.Ints(roots)),
                Map.entry("nodes_featureids", new Attribute.Ints(features)),
                Map.entry("nodes_modes", new Attribute.TensorValue(bytes(modes, memory))),
                Map.entry("nodes_splits", new Attribute.TensorValue(reals(splits, type, memory))),
                Map.entry("membership_values", new Attribute.TensorValue(reals(members, type, memory))),
                Map.entry("nodes_missing_value_tracks_true", new Attribute.Ints(missing)),
                Map.entry("nodes_truenodeids", new Attribute.Ints(onTrue)),
                Map.entry("nodes_trueleafs", new Attribute.Ints(trueIsLeaf)),
                Map.entry("nodes_falsenodeids", new Attribute.Ints(onFalse)),
                Map.entry("nodes_falseleafs", new Attribute.Ints(falseIsLeaf)),
                Map.entry("leaf_targetids", new Attribute.Ints(leafTargets)),
                Map.entry("leaf_weights", new Attribute.TensorValue(reals(leafWeights, type, memory)))));
    }

    /**
     * The attributes of a node TreeContributions.
     *
     * @param ensemble those of the node TreeEnsemble
     */
    Attributes contributions(Attributes ensemble, ImportMemory memory) {
        if (trueShares.stream().anyMatch(share -> share.isNaN())) {
            throw new ModelFormatException(
                    "the file does not say how many training rows came to each node"
                            + " (XGBoost's 'sum_hessian', LightGBM's 'leaf_count' and 'internal_count'), which SHAP values need");
        }
        return ensemble.with("nodes_true_shares", new Attribute.TensorValue(reals(trueShares, DataType.FP64, memory)));
    }

    private static Tensor bytes(List<Long> values, ImportMemory memory) {
        MemorySegment segment = memory.allocate(values.size());
        for (int i = 0; i < values.size(); i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, values.get(i).byteValue());
        }
        return Tensor.of(DataType.UINT8, Shape.of(values.size()), segment);
    }

    private static Tensor reals(List<Double> values, DataType type, ImportMemory memory) {
        return RealTensors.tensor(
                values.stream().mapToDouble(Double::doubleValue).toArray(), Shape.of(values.size()), type, memory);
    }
}
