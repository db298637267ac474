package dev.nereid.kernels.tree;

import java.util.Arrays;
import java.util.BitSet;

/**
 * What each feature of a row adds to the scores of a forest: SHAP values that depend on the trees' paths, as XGBoost and
 * LightGBM compute them. A feature that is not known goes both ways of a node, each with the share of the training rows that
 * went there. What a leaf adds for a feature is an integral over [0, 1] of a product with one linear factor for each other
 * feature on the leaf's path, which {@link Quadrature} gives exactly. Immutable; a {@link Walk} is for one thread.
 *
 * @see <a href="https://arxiv.org/abs/1802.03888">Lundberg, Erion, Lee: Consistent individualized feature attribution for tree
 *     ensembles</a>
 */
public final class ShapleyValues {
    /** Nodes on a path. */
    private static final int DEEPEST = 1000;

    private final Forest forest;
    private final double[] trueShares;
    private final double[] expected;
    private final int longestPath;
    private final Quadrature[] quadratures;

    /**
     * The values of a forest, which must be trees: no node is led to twice.
     *
     * @param trueShares of each node, which part of the training rows went the way of true, from 0 to 1
     * @throws IllegalArgumentException if a share is none, a node is led to twice, or a tree is very deep
     */
    public ShapleyValues(Forest forest, double[] trueShares) {
        if (trueShares.length != forest.nodes()) {
            throw new IllegalArgumentException(
                    "expected a share for each of " + forest.nodes() + " nodes, got " + trueShares.length);
        }
        for (int node = 0; node < trueShares.length; node++) {
            if (!(trueShares[node] >= 0 && trueShares[node] <= 1)) {
                throw new IllegalArgumentException(
                        "share of node " + node + ": expected a number from 0 to 1, got " + trueShares[node]);
            }
        }
        this.forest = forest;
        this.trueShares = trueShares.clone();
        this.expected = new double[forest.targets()];
        Survey survey = new Survey();
        for (int tree = 0; tree < forest.trees(); tree++) {
            survey.visit(forest.root(tree), 1, 0);
        }
        this.longestPath = survey.longest;
        this.quadratures = new Quadrature[longestPath + 1];
        for (int features = 1; features <= longestPath; features++) {
            quadratures[features] = Quadrature.ofDegree(features - 1);
        }
    }

    /** Scores without any feature known: the mean over the training rows. One a target. */
    public double[] expected() {
        return expected.clone();
    }

    /** About how many additions and multiplications a row takes. */
    public long cost() {
        return Math.max(1, (long) forest.leaves() * longestPath * longestPath);
    }

    /** Looks once at each node: sums the expected scores and finds the most features on a path. */
    private final class Survey {
        private final BitSet seen = new BitSet();
        private final int[] uses = new int[forest.requiredFeatures()];
        private int features;
        private int longest;

        void visit(int place, double share, int depth) {
            if (place < 0) {
                longest = Math.max(longest, features);
                for (int i = forest.firstWeight(~place); i < forest.firstWeight(~place + 1); i++) {
                    expected[forest.weightTarget(i)] += share * forest.weight(i);
                }
                return;
            }
            if (seen.get(place)) {
                throw new IllegalArgumentException("node " + place + " is led to twice");
            }
            if (depth == DEEPEST) {
                throw new IllegalArgumentException("a tree is deeper than " + DEEPEST + " nodes");
            }
            seen.set(place);
            int feature = forest.feature(place);
            features += uses[feature]++ == 0 ? 1 : 0;
            visit(forest.onTrue(place), share * trueShares[place], depth + 1);
            visit(forest.onFalse(place), share * (1 - trueShares[place]), depth + 1);
            features -= --uses[feature] == 0 ? 1 : 0;
        }
    }

    /** The way of one row through all trees. Keeps the features of the path that it is on. */
    public final class Walk {
        /** Places of features on the path, or -1. */
        private final int[] slots = new int[forest.requiredFeatures()];

        private final int[] features = new int[longestPath];
        /** For each feature on the path, the share of the training rows that it would let pass. */
        private final double[] shares = new double[longestPath];
        /** Whether the row itself passes: 1, or 0. */
        private final double[] passes = new double[longestPath];

        private final double[] factors = new double[longestPath];
        private final double[] integrals = new double[longestPath];

        public Walk() {
            Arrays.fill(slots, -1);
        }

        /**
         * Adds what each feature of a row adds to the scores.
         *
         * @param values [targets, stride], to which is added
         * @param stride at least the features of a row
         */
        public void add(Forest.Row row, double[] values, int stride) {
            for (int tree = 0; tree < forest.trees(); tree++) {
                visit(forest.root(tree), 0, row, values, stride);
            }
        }

        private void visit(int place, int length, Forest.Row row, double[] values, int stride) {
            if (place < 0) {
                addLeaf(~place, length, values, stride);
                return;
            }
            int feature = forest.feature(place);
            boolean isTrue = forest.isTrue(place, row.feature(feature));
            boolean isNew = slots[feature] < 0;
            if (isNew) {
                slots[feature] = length;
                features[length] = feature;
                shares[length] = 1;
                passes[length] = 1;
            }
            int slot = slots[feature];
            int longer = isNew ? length + 1 : length;
            double share = shares[slot];
            double pass = passes[slot];
            for (boolean side : new boolean[] {true, false}) {
                shares[slot] = share * (side ? trueShares[place] : 1 - trueShares[place]);
                passes[slot] = side == isTrue ? pass : 0;
                // Where neither the row nor others pass, nothing below adds anything.
                if (shares[slot] > 0 || passes[slot] > 0) {
                    visit(side ? forest.onTrue(place) : forest.onFalse(place), longer, row, values, stride);
                }
            }
            shares[slot] = share;
            passes[slot] = pass;
            if (isNew) {
                slots[feature] = -1;
            }
        }

        private void addLeaf(int leaf, int length, double[] values, int stride) {
            if (length == 0) {
                return;
            }
            Arrays.fill(integrals, 0, length, 0);
            Quadrature quadrature = quadratures[length];
            for (int point = 0; point < quadrature.points(); point++) {
                double at = quadrature.point(point);
                double product = quadrature.weight(point);
                for (int i = 0; i < length; i++) {
                    factors[i] = passes[i] * at + shares[i] * (1 - at);
                    product *= factors[i];
                }
                for (int i = 0; i < length; i++) {
                    integrals[i] += product / factors[i];
                }
            }
            for (int i = 0; i < length; i++) {
                double part = (passes[i] - shares[i]) * integrals[i];
                for (int weight = forest.firstWeight(leaf); weight < forest.firstWeight(leaf + 1); weight++) {
                    values[forest.weightTarget(weight) * stride + features[i]] += part * forest.weight(weight);
                }
            }
        }
    }
}
