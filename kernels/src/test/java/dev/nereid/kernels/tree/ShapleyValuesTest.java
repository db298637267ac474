package dev.nereid.kernels.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SHAP values beside Shapley's own definition, which adds up over all sets of features. */
class ShapleyValuesTest {
    private static final int FEATURES = 6;
    private static final Offset<Double> CLOSE = Offset.offset(1e-12);

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Trees(Forest forest, double[] trueShares) {}

    /** Random trees over a few features, so that paths meet a feature several times; some nodes ask for members. */
    private static final class Grower {
        private final Random random;
        private final Forest.Builder builder;
        private final double[] shares = new double[1 << 12];

        Grower(long seed, int targets) {
            random = new Random(seed);
            builder = new Forest.Builder(targets);
        }

        int grow(int depth, int targets) {
            if (depth == 0 || random.nextInt(5) == 0) {
                int leaf = builder.leaf();
                builder.weight(leaf, random.nextInt(targets), random.nextGaussian());
                return leaf;
            }
            int feature = random.nextInt(FEATURES);
            int node = random.nextInt(4) == 0
                    ? builder.node(feature, new double[] {0, 1}, random.nextBoolean())
                    : builder.node(feature, Branch.LESS, random.nextInt(-2, 3) + 0.5, random.nextBoolean());
            // None and all are shares too.
            shares[node] = Math.clamp(random.nextDouble(-0.1, 1.1), 0, 1);
            builder.connect(node, grow(depth - 1, targets), grow(depth - 1, targets));
            return node;
        }

        Trees trees(int count, int depth, int targets) {
            for (int i = 0; i < count; i++) {
                builder.root(grow(depth, targets));
            }
            Forest forest = builder.build();
            return new Trees(forest, Arrays.copyOf(shares, forest.nodes()));
        }
    }

    /** A target's score where some features are known. */
    private static double score(Trees trees, int place, double[] row, int known, int target) {
        Forest forest = trees.forest();
        if (place < 0) {
            double sum = 0;
            for (int i = forest.firstWeight(~place); i < forest.firstWeight(~place + 1); i++) {
                sum += forest.weightTarget(i) == target ? forest.weight(i) : 0;
            }
            return sum;
        }
        double share = (known >> forest.feature(place) & 1) == 0
                ? trees.trueShares()[place]
                : forest.isTrue(place, row[forest.feature(place)]) ? 1 : 0;
        return share * score(trees, forest.onTrue(place), row, known, target)
                + (1 - share) * score(trees, forest.onFalse(place), row, known, target);
    }

    private static double score(Trees trees, double[] row, int known, int target) {
        double sum = 0;
        for (int tree = 0; tree < trees.forest().trees(); tree++) {
            sum += score(trees, trees.forest().root(tree), row, known, target);
        }
        return sum;
    }

    private static double byDefinition(Trees trees, double[] row, int feature, int target) {
        double sum = 0;
        for (int known = 0; known < 1 << FEATURES; known++) {
            if ((known >> feature & 1) == 0) {
                double weight = 1.0 / FEATURES;
                int size = Integer.bitCount(known);
                for (int i = 1; i <= size; i++) {
                    weight *= (double) i / (FEATURES - i);
                }
                sum += weight * (score(trees, row, known | 1 << feature, target) - score(trees, row, known, target));
            }
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void areShapleysForEachFeatureAndTarget(long seed) {
        int targets = 1 + (int) seed % 3;
        Trees trees = new Grower(seed, targets).trees(3, 7, targets);
        ShapleyValues values = new ShapleyValues(trees.forest(), trees.trueShares());
        ShapleyValues.Walk walk = values.new Walk();
        Random random = new Random(seed);
        for (int i = 0; i < 4; i++) {
            double[] row = random.doubles(FEATURES, -3, 4).map(Math::rint).toArray();
            row[random.nextInt(FEATURES)] = Double.NaN;
            double[] actual = new double[targets * FEATURES];
            walk.add(feature -> row[feature], actual, FEATURES);
            for (int target = 0; target < targets; target++) {
                double sum = values.expected()[target];
                assertThat(sum).isCloseTo(score(trees, row, 0, target), CLOSE);
                for (int feature = 0; feature < FEATURES; feature++) {
                    double value = actual[target * FEATURES + feature];
                    assertThat(value).isCloseTo(byDefinition(trees, row, feature, target), CLOSE);
                    sum += value;
                }
                assertThat(sum).isCloseTo(score(trees, row, -1, target), CLOSE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 20, 101})
    void longPathsAddUpToTheScore(int depth) {
        Forest.Builder builder = new Forest.Builder(1);
        double[] shares = new double[depth];
        for (int i = 0; i < depth; i++) {
            builder.node(i, Branch.LESS, 0, false);
            shares[i] = 0.9;
        }
        int end = builder.leaf();
        builder.weight(end, 0, 1);
        for (int i = 0; i < depth; i++) {
            int side = builder.leaf();
            builder.weight(side, 0, i % 7);
            builder.connect(i, i + 1 < depth ? i + 1 : end, side);
        }
        builder.root(0);
        ShapleyValues values = new ShapleyValues(builder.build(), shares);
        double[] actual = new double[depth];
        values.new Walk().add(feature -> -1, actual, depth);
        assertThat(Arrays.stream(actual).sum() + values.expected()[0]).isCloseTo(1, Offset.offset(1e-9));
    }

    @Test
    void treesThatCannotBeAreRefused() {
        Forest.Builder builder = new Forest.Builder(1);
        int leaf = builder.leaf();
        builder.weight(leaf, 0, 1);
        for (int i = 0; i < 3; i++) {
            builder.node(i, Branch.LESS, 0, false);
        }
        builder.connect(2, leaf, leaf);
        builder.connect(1, 2, leaf);
        builder.connect(0, 1, 2);
        builder.root(0);
        Forest shared = builder.build();
        assertThatThrownBy(() -> new ShapleyValues(shared, new double[] {0.5, 0.5, 0.5}))
                .hasMessage("node 2 is led to twice");
        assertThatThrownBy(() -> new ShapleyValues(shared, new double[1]))
                .hasMessage("expected a share for each of 3 nodes, got 1");
        assertThatThrownBy(() -> new ShapleyValues(shared, new double[] {0.5, Double.NaN, 0.5}))
                .hasMessage("share of node 1: expected a number from 0 to 1, got NaN");
        Forest.Builder chain = new Forest.Builder(1);
        int end = chain.leaf();
        for (int i = 0; i <= 1000; i++) {
            chain.node(0, Branch.LESS, 0, false);
            chain.connect(i, i < 1000 ? i + 1 : end, end);
        }
        chain.root(0);
        assertThatThrownBy(() -> new ShapleyValues(chain.build(), new double[1001]))
                .hasMessage("a tree is deeper than 1000 nodes");
    }
}
