package dev.nereid.kernels.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decision trees over rows of features. Nodes lie in arrays, one for each property; a place to go to is a node's index or,
 * where it is negative, {@link #leaf} of a leaf. Every path ends: there are no cycles. Immutable.
 */
public final class Forest {
    private final int targets;
    private final int[] features;
    private final double[] thresholds;
    private final Branch[] branches;
    private final double[][] members;
    private final boolean[] missingIsTrue;
    private final int[] onTrue;
    private final int[] onFalse;
    private final int[] roots;
    private final int[] firstWeights;
    private final int[] weightTargets;
    private final double[] weights;
    private final int requiredFeatures;

    private Forest(Builder builder) {
        int nodes = builder.nodes.size();
        targets = builder.targets;
        features = new int[nodes];
        thresholds = new double[nodes];
        branches = new Branch[nodes];
        members = new double[nodes][];
        missingIsTrue = new boolean[nodes];
        onTrue = new int[nodes];
        onFalse = new int[nodes];
        for (int i = 0; i < nodes; i++) {
            Builder.Node node = builder.nodes.get(i);
            features[i] = node.feature;
            thresholds[i] = node.threshold;
            branches[i] = node.branch;
            members[i] = node.members;
            missingIsTrue[i] = node.missingIsTrue;
            onTrue[i] = node.onTrue;
            onFalse[i] = node.onFalse;
        }
        roots = builder.roots.stream().mapToInt(Integer::intValue).toArray();
        firstWeights = new int[builder.leaves.size() + 1];
        weightTargets = new int[builder.weights];
        weights = new double[builder.weights];
        int at = 0;
        for (int leaf = 0; leaf < builder.leaves.size(); leaf++) {
            firstWeights[leaf] = at;
            for (Builder.Weight weight : builder.leaves.get(leaf)) {
                weightTargets[at] = weight.target();
                weights[at++] = weight.value();
            }
        }
        firstWeights[builder.leaves.size()] = at;
        requiredFeatures = Arrays.stream(features).max().orElse(-1) + 1;
    }

    /** The place of a leaf. */
    public static int leaf(int index) {
        return ~index;
    }

    /** Scores a row. */
    public int targets() {
        return targets;
    }

    public int trees() {
        return roots.length;
    }

    public int nodes() {
        return features.length;
    }

    public int leaves() {
        return firstWeights.length - 1;
    }

    /** How many features a row must have at least. */
    public int requiredFeatures() {
        return requiredFeatures;
    }

    /** The place where a tree starts. */
    public int root(int tree) {
        return roots[tree];
    }

    /** The leaf that a row's feature values lead to. */
    public int find(int tree, Row row) {
        int place = roots[tree];
        while (place >= 0) {
            double value = row.feature(features[place]);
            place = isTrue(place, value) ? onTrue[place] : onFalse[place];
        }
        return ~place;
    }

    /** The features of one row. */
    @FunctionalInterface
    public interface Row {
        double feature(int index);
    }

    /** Whether a value of its feature goes a node's way of true. */
    boolean isTrue(int node, double value) {
        if (Double.isNaN(value) && missingIsTrue[node]) {
            return true;
        }
        return branches[node] == Branch.MEMBER
                ? Arrays.binarySearch(members[node], value + 0.0) >= 0 && !Double.isNaN(value)
                : branches[node].test(value, thresholds[node]);
    }

    /** The feature that a node looks at. */
    public int feature(int node) {
        return features[node];
    }

    /** What a node compares with. */
    public double threshold(int node) {
        return thresholds[node];
    }

    /** How a node compares. */
    public Branch branch(int node) {
        return branches[node];
    }

    /** Whether a node sends NaN the way of true. */
    public boolean missingIsTrue(int node) {
        return missingIsTrue[node];
    }

    /** The place that a node leads to where it holds. */
    public int onTrue(int node) {
        return onTrue[node];
    }

    /** The place that a node leads to where it does not hold. */
    public int onFalse(int node) {
        return onFalse[node];
    }

    /** The first of a leaf's weights; the last is before the next leaf's first one. */
    public int firstWeight(int leaf) {
        return firstWeights[leaf];
    }

    /** Which score a weight is for. */
    public int weightTarget(int weight) {
        return weightTargets[weight];
    }

    public double weight(int weight) {
        return weights[weight];
    }

    /** Makes a forest piece by piece; for one thread. */
    public static final class Builder {
        private record Weight(int target, double value) {}

        private static final class Node {
            private final int feature;
            private final Branch branch;
            private final double threshold;
            private final double[] members;
            private final boolean missingIsTrue;
            private int onTrue;
            private int onFalse;

            Node(int feature, Branch branch, double threshold, double[] members, boolean missingIsTrue) {
                this.feature = feature;
                this.branch = branch;
                this.threshold = threshold;
                this.members = members;
                this.missingIsTrue = missingIsTrue;
            }
        }

        private final int targets;
        private final List<Node> nodes = new ArrayList<>();
        private final List<List<Weight>> leaves = new ArrayList<>();
        private final List<Integer> roots = new ArrayList<>();
        private int weights;

        /** A forest with so many scores a row. */
        public Builder(int targets) {
            if (targets <= 0) {
                throw new IllegalArgumentException("a forest has at least one target, got " + targets);
            }
            this.targets = targets;
        }

        /** Adds a node that compares; returns its place. {@link #connect} says where it leads. */
        public int node(int feature, Branch branch, double threshold, boolean missingIsTrue) {
            return node(feature, branch, threshold, new double[0], missingIsTrue);
        }

        /** Adds a node that asks whether a feature is one of {@code members}; returns its place. */
        public int node(int feature, double[] members, boolean missingIsTrue) {
            double[] sorted =
                    Arrays.stream(members).map(member -> member + 0.0).sorted().toArray();
            return node(feature, Branch.MEMBER, 0, sorted, missingIsTrue);
        }

        private int node(int feature, Branch branch, double threshold, double[] members, boolean missingIsTrue) {
            if (feature < 0) {
                throw new IllegalArgumentException("feature " + feature + " of node " + nodes.size() + " is negative");
            }
            nodes.add(new Node(feature, branch, threshold, members, missingIsTrue));
            return nodes.size() - 1;
        }

        /** Where a node leads. */
        public void connect(int node, int onTrue, int onFalse) {
            nodes.get(node).onTrue = onTrue;
            nodes.get(node).onFalse = onFalse;
        }

        /** Adds a leaf without weights; returns its place. */
        public int leaf() {
            leaves.add(new ArrayList<>(1));
            return Forest.leaf(leaves.size() - 1);
        }

        /** Adds a weight to a leaf. */
        public void weight(int leaf, int target, double value) {
            if (target < 0 || target >= targets) {
                throw new IllegalArgumentException("target " + target + " is not below " + targets);
            }
            leaves.get(~leaf).add(new Weight(target, value));
            weights++;
        }

        /** Adds a tree that starts at a place. */
        public void root(int place) {
            roots.add(place);
        }

        /**
         * The forest.
         *
         * @throws IllegalArgumentException if a node leads to a place that is not there, or in a circle
         */
        public Forest build() {
            int[] entries = new int[nodes.size()];
            for (Node node : nodes) {
                enter(node.onTrue, entries);
                enter(node.onFalse, entries);
            }
            roots.forEach(this::check);
            checkThatPathsEnd(entries);
            return new Forest(this);
        }

        private void enter(int place, int[] entries) {
            check(place);
            if (place >= 0) {
                entries[place]++;
            }
        }

        private void check(int place) {
            if (place >= 0 ? place >= nodes.size() : ~place >= leaves.size()) {
                throw new IllegalArgumentException("there is no " + (place >= 0 ? "node " + place : "leaf " + ~place));
            }
        }

        /** Takes away nodes that nothing leads to until none is left; only those of a circle stay. */
        private void checkThatPathsEnd(int[] entries) {
            int[] free = new int[nodes.size()];
            int count = 0;
            for (int i = 0; i < entries.length; i++) {
                if (entries[i] == 0) {
                    free[count++] = i;
                }
            }
            for (int i = 0; i < count; i++) {
                Node node = nodes.get(free[i]);
                for (int place : new int[] {node.onTrue, node.onFalse}) {
                    if (place >= 0 && --entries[place] == 0) {
                        free[count++] = place;
                    }
                }
            }
            if (count < nodes.size()) {
                throw new IllegalArgumentException("the nodes of a tree lead in a circle");
            }
        }
    }
}
