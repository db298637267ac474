package dev.nereid.kernels.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees of which several steps go on at a time against the plain ones, bit by bit. */
public class TreeKernelsTest extends KernelTest {
    private static final List<Branch> ORDERED =
            List.of(Branch.LESS_OR_EQUAL, Branch.LESS, Branch.GREATER_OR_EQUAL, Branch.GREATER);
    private static final int[] ROWS = {0, 1, 2, 3, 4, 5, 7, 63, 64, 65, 130};

    private static final int[] TREES = {0, 1, 7, 8, 9, 12};

    private final TreeKernels scalar = new ScalarTrees();

    /** The kernels to test, over the plain ones. */
    protected TreeKernels kernels() {
        return new InterleavedTrees(scalar);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 3000})
    void scoresRowsAsItsOracleDoes(int features) {
        for (int targets : new int[] {1, 3}) {
            for (boolean missing : new boolean[] {false, true}) {
                Forest forest = random(31L * features + targets, 12, features, targets, missing);
                TreeKernel kernel = kernels().kernel(forest, Aggregate.SUM, DataType.FP32);
                assertThat(kernel).isNotInstanceOf(scalarKernel(forest).getClass());
                warmUp(() -> score(kernel, 5, features, targets, floats(randomFloats(1, 5 * features, -2, 2), 0)));
                for (int rows : ROWS) {
                    agree(forest, rows, features, features(rows * features));
                }
            }
        }
    }

    @Test
    void scoresForestsOfAnyNumberOfTrees() {
        int features = 5;
        for (int trees : TREES) {
            Forest forest = random(trees, trees, features, 2, true);
            for (int rows : ROWS) {
                agree(forest, rows, features, features(rows * features));
            }
        }
    }

    /** As boosting makes them: every leaf has one weight, and there is one score. */
    @Test
    void scoresFullTreesOfOneTarget() {
        SplittableRandom random = new SplittableRandom(9);
        Forest.Builder builder = new Forest.Builder(1);
        for (int tree = 0; tree < 19; tree++) {
            builder.root(full(builder, random, 1 + tree % 5));
        }
        Forest forest = builder.build();
        for (int rows : ROWS) {
            agree(forest, rows, 4, features(4 * rows));
        }
    }

    /** A chain of nodes both of whose sides lead to the next one: as a tree it would have 2^60 leaves. */
    @Test
    void scoresNodesThatAreReachedByVeryManyWays() {
        Forest.Builder builder = new Forest.Builder(1);
        int place = builder.leaf();
        builder.weight(place, 0, 0.5);
        for (int i = 0; i < 60; i++) {
            int node = builder.node(0, Branch.LESS, i, false);
            builder.connect(node, place, place);
            place = node;
        }
        for (int tree = 0; tree < 12; tree++) {
            builder.root(place);
        }
        agree(builder.build(), 5, 1, new float[] {-1, 3, 70, Float.NaN, 0});
    }

    /** Two ways to a leaf and to a node, which are few enough to be gone separately. */
    @Test
    void scoresNodesThatAreReachedByTwoWays() {
        Forest.Builder builder = new Forest.Builder(2);
        int low = builder.leaf();
        int high = builder.leaf();
        builder.weight(low, 0, 0.5);
        builder.weight(high, 1, 1.5);
        int shared = builder.node(0, Branch.GREATER, 1, true);
        builder.connect(shared, high, low);
        int root = builder.node(1, Branch.LESS_OR_EQUAL, 0, false);
        builder.connect(root, shared, shared);
        builder.root(root);
        for (int tree = 0; tree < 9; tree++) {
            int own = builder.node(1, Branch.LESS, tree, false);
            builder.connect(own, high, low);
            builder.root(own);
        }
        agree(builder.build(), 4, 2, new float[] {0, 0, 2, 0, Float.NaN, 1, 1, -1});
    }

    @Test
    void leavesOtherForestsToTheOracle() {
        Forest.Builder builder = new Forest.Builder(1);
        int node = builder.node(0, new double[] {3, -0.0, 1.5}, false);
        int in = builder.leaf();
        int out = builder.leaf();
        builder.weight(in, 0, 2);
        builder.connect(node, in, out);
        builder.root(node);
        Forest forest = builder.build();
        float[] x = {0, -0f, 1.5f, 2, Float.NaN, 3};
        assertThat(score(kernels().kernel(forest, Aggregate.SUM, DataType.FP32), 6, 1, 1, floats(x, 0)))
                .isEqualTo("[2.0, 2.0, 2.0, 0.0, 0.0, 2.0] [1, 1, 1, 0, 0, 1]");
    }

    @Test
    void keepsTheLowestOrTheHighestWeight() {
        Forest.Builder builder = new Forest.Builder(1);
        for (double weight : new double[] {3, -1, 2}) {
            int leaf = builder.leaf();
            builder.weight(leaf, 0, weight);
            builder.root(leaf);
        }
        Forest forest = builder.build();
        MemorySegment x = floats(new float[] {0}, 0);
        assertThat(score(kernels().kernel(forest, Aggregate.MINIMUM, DataType.FP32), 1, 1, 1, x))
                .isEqualTo("[-1.0] [1]");
        assertThat(score(kernels().kernel(forest, Aggregate.MAXIMUM, DataType.FP32), 1, 1, 1, x))
                .isEqualTo("[3.0] [1]");
        assertThat(score(kernels().kernel(forest, Aggregate.SUM, DataType.FP32), 1, 1, 1, x))
                .isEqualTo("[4.0] [1]");
    }

    @Test
    void refusesNodesThatLeadInACircle() {
        Forest.Builder builder = new Forest.Builder(1);
        int first = builder.node(0, Branch.LESS, 0, false);
        int second = builder.node(0, Branch.LESS, 1, false);
        builder.connect(first, second, second);
        builder.connect(second, first, builder.leaf());
        builder.root(first);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("circle");
    }

    @Test
    void refusesPlacesThatAreNotThere() {
        Forest.Builder builder = new Forest.Builder(1);
        int node = builder.node(0, Branch.LESS, 0, false);
        builder.connect(node, 7, builder.leaf());
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no node 7");
    }

    private TreeKernel scalarKernel(Forest forest) {
        return scalar.kernel(forest, Aggregate.SUM, DataType.FP32);
    }

    private void agree(Forest forest, int rows, int features, float[] x) {
        MemorySegment segment = floats(x, 0);
        String expected = score(scalarKernel(forest), rows, features, forest.targets(), segment);
        TreeKernel kernel = kernels().kernel(forest, Aggregate.SUM, DataType.FP32);
        String actual = score(kernel, rows, features, forest.targets(), segment);
        assertThat(actual)
                .as("%d rows of %d features, %d trees", rows, features, forest.trees())
                .isEqualTo(expected);
    }

    private String score(TreeKernel kernel, int rows, int features, int targets, MemorySegment x) {
        MemorySegment scores = allocate(4L * rows * targets);
        MemorySegment present = allocate((long) rows * targets);
        kernel.run(rows, features, x, scores, present);
        float[] values = scores.asSlice(0, 4L * rows * targets).toArray(ValueLayout.JAVA_FLOAT);
        byte[] flags = present.asSlice(0, (long) rows * targets).toArray(ValueLayout.JAVA_BYTE);
        return java.util.Arrays.toString(values) + " " + java.util.Arrays.toString(flags);
    }

    private static float[] features(int count) {
        float[] x = randomFloats(count, count, -2, 2);
        SplittableRandom random = new SplittableRandom(count);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(3) == 0) {
                x[i] = SPECIAL_FLOATS[random.nextInt(SPECIAL_FLOATS.length)];
            }
        }
        return x;
    }

    /** Trees of all ordered comparisons, deep and shallow, whose thresholds are special values now and then. */
    private static Forest random(long seed, int trees, int features, int targets, boolean missing) {
        SplittableRandom random = new SplittableRandom(seed);
        Forest.Builder builder = new Forest.Builder(targets);
        for (int tree = 0; tree < trees; tree++) {
            builder.root(grow(builder, random, features, targets, missing, tree));
        }
        return builder.build();
    }

    private static int full(Forest.Builder builder, SplittableRandom random, int depth) {
        if (depth == 0) {
            int leaf = builder.leaf();
            builder.weight(leaf, 0, random.nextInt(9) == 0 ? -0.0 : (float) random.nextDouble(-1, 1));
            return leaf;
        }
        int node = builder.node(random.nextInt(4), Branch.LESS, (float) random.nextDouble(-2, 2), false);
        builder.connect(node, full(builder, random, depth - 1), full(builder, random, depth - 1));
        return node;
    }

    private static int grow(
            Forest.Builder builder, SplittableRandom random, int features, int targets, boolean missing, int depth) {
        if (depth == 0 || random.nextInt(8) == 0) {
            int leaf = builder.leaf();
            for (int i = random.nextInt(3); i > 0; i--) {
                builder.weight(leaf, random.nextInt(targets), (float) random.nextDouble(-1, 1));
            }
            return leaf;
        }
        Branch branch = ORDERED.get(random.nextInt(ORDERED.size()));
        float threshold = random.nextInt(4) == 0
                ? SPECIAL_FLOATS[random.nextInt(SPECIAL_FLOATS.length)]
                : (float) random.nextDouble(-2, 2);
        int node = builder.node(random.nextInt(features), branch, threshold, missing && random.nextBoolean());
        int onTrue = grow(builder, random, features, targets, missing, depth - 1);
        int onFalse = grow(builder, random, features, targets, missing, depth - 1);
        builder.connect(node, onTrue, onFalse);
        return node;
    }
}
