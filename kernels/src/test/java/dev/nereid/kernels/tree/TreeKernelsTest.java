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

/** The interleaved trees against the plain ones, bit by bit. */
class TreeKernelsTest extends KernelTest {
    private static final List<Branch> ORDERED =
            List.of(Branch.LESS_OR_EQUAL, Branch.LESS, Branch.GREATER_OR_EQUAL, Branch.GREATER);
    private static final int[] ROWS = {0, 1, 2, 3, 4, 5, 7, 63, 64, 65, 130};

    private final TreeKernels scalar = new ScalarTrees();
    private final TreeKernels interleaved = new InterleavedTrees(scalar);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 3000})
    void scoresRowsAsItsOracleDoes(int features) {
        for (int targets : new int[] {1, 3}) {
            for (boolean missing : new boolean[] {false, true}) {
                Forest forest = random(31L * features + targets, features, targets, missing);
                TreeKernel kernel = interleaved.kernel(forest, Aggregate.SUM, DataType.FP32);
                assertThat(kernel).isInstanceOf(OrderedForest.class);
                warmUp(() -> score(kernel, 5, features, targets, floats(randomFloats(1, 5 * features, -2, 2), 0)));
                for (int rows : ROWS) {
                    float[] x = features(rows * features);
                    agree(forest, Aggregate.SUM, rows, features, x);
                }
            }
        }
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
        assertThat(score(interleaved.kernel(forest, Aggregate.SUM, DataType.FP32), 6, 1, 1, floats(x, 0)))
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
        assertThat(score(interleaved.kernel(forest, Aggregate.MINIMUM, DataType.FP32), 1, 1, 1, x))
                .isEqualTo("[-1.0] [1]");
        assertThat(score(interleaved.kernel(forest, Aggregate.MAXIMUM, DataType.FP32), 1, 1, 1, x))
                .isEqualTo("[3.0] [1]");
        assertThat(score(interleaved.kernel(forest, Aggregate.SUM, DataType.FP32), 1, 1, 1, x))
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

    private void agree(Forest forest, Aggregate aggregate, int rows, int features, float[] x) {
        MemorySegment segment = floats(x, 0);
        String expected =
                score(scalar.kernel(forest, aggregate, DataType.FP32), rows, features, forest.targets(), segment);
        String actual =
                score(interleaved.kernel(forest, aggregate, DataType.FP32), rows, features, forest.targets(), segment);
        assertThat(actual).as("%d rows of %d features", rows, features).isEqualTo(expected);
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
    private static Forest random(long seed, int features, int targets, boolean missing) {
        SplittableRandom random = new SplittableRandom(seed);
        Forest.Builder builder = new Forest.Builder(targets);
        for (int tree = 0; tree < 12; tree++) {
            builder.root(grow(builder, random, features, targets, missing, tree));
        }
        return builder.build();
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
