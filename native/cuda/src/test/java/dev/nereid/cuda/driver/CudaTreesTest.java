package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceForest;
import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.kernels.tree.Branch;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The CUDA kernel of tree ensembles beside the scalar one, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaTreesTest {
    private static final int FEATURES = 5;

    /** In the order in which the kernel numbers them. */
    private static final List<Branch> COMPARISONS = List.of(
            Branch.LESS_OR_EQUAL, Branch.LESS, Branch.GREATER_OR_EQUAL, Branch.GREATER, Branch.EQUAL, Branch.NOT_EQUAL);

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("the CUDA kernel of tree ensembles");
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "1,3,1", "2,7,33", "3,20,257"})
    void addsUpTheLeavesOfEveryTree(int targets, int trees, int rows) {
        Forest forest = forest(new Random(trees), targets, trees);
        MemorySegment x = rig.random(new Random(rows), rows * FEATURES);
        for (int i = 0; i < rows * FEATURES; i += 7) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 2 == 0 ? Float.NaN : 0.5f);
        }
        MemorySegment expected = rig.memory(4L * rows * targets);
        MemorySegment expectedPresent = rig.memory((long) rows * targets);
        new ScalarTrees()
                .kernel(forest, Aggregate.SUM, DataType.FP32)
                .run(rows, FEATURES, x, expected, expectedPresent);
        int weights = forest.firstWeight(forest.leaves());
        MemorySegment nodes = rig.memory(24L * forest.nodes());
        for (int node = 0; node < forest.nodes(); node++) {
            nodes.setAtIndex(ValueLayout.JAVA_INT, 6L * node, forest.feature(node));
            nodes.setAtIndex(ValueLayout.JAVA_FLOAT, 6L * node + 1, (float) forest.threshold(node));
            nodes.setAtIndex(ValueLayout.JAVA_INT, 6L * node + 2, COMPARISONS.indexOf(forest.branch(node)));
            nodes.setAtIndex(ValueLayout.JAVA_INT, 6L * node + 3, forest.missingIsTrue(node) ? 1 : 0);
            nodes.setAtIndex(ValueLayout.JAVA_INT, 6L * node + 4, forest.onTrue(node));
            nodes.setAtIndex(ValueLayout.JAVA_INT, 6L * node + 5, forest.onFalse(node));
        }
        MemorySegment values = rig.memory(4L * weights);
        for (int i = 0; i < weights; i++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) forest.weight(i));
        }
        MemorySegment actual = rig.run(
                5L * rows * targets,
                List.of(
                        x,
                        nodes,
                        integers(forest.trees(), forest::root),
                        integers(forest.leaves() + 1, forest::firstWeight),
                        integers(weights, forest::weightTarget),
                        values),
                (kernels, in, out) -> kernels.score(
                        new DeviceForest(in[1], in[2], in[3], in[4], in[5], 0, targets, trees, false),
                        in[0],
                        out,
                        out + 4L * rows * targets,
                        rows,
                        FEATURES));
        DeviceRig.assertClose(actual.asSlice(0, 4L * rows * targets), expected, 0, 0, rows + " rows");
        assertThat(actual.asSlice(4L * rows * targets).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expectedPresent.toArray(ValueLayout.JAVA_BYTE));
    }

    private static MemorySegment integers(int count, IntUnaryOperator value) {
        MemorySegment memory = rig.memory(4L * count);
        for (int i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_INT, i, value.applyAsInt(i));
        }
        return memory;
    }

    /** Trees of every comparison, of one leaf and of many. */
    private static Forest forest(Random random, int targets, int trees) {
        Forest.Builder builder = new Forest.Builder(targets);
        for (int tree = 0; tree < trees; tree++) {
            builder.root(grow(random, builder, targets, tree % 5));
        }
        return builder.build();
    }

    private static int grow(Random random, Forest.Builder builder, int targets, int depth) {
        if (depth == 0) {
            int leaf = builder.leaf();
            for (int target = 0; target < targets; target++) {
                builder.weight(leaf, target, (float) random.nextGaussian());
            }
            return leaf;
        }
        Branch branch = COMPARISONS.get(random.nextInt(COMPARISONS.size()));
        int node =
                builder.node(random.nextInt(FEATURES), branch, 0.5f * random.nextInt(3) - 0.5f, random.nextBoolean());
        int onTrue = grow(random, builder, targets, depth - 1);
        builder.connect(node, onTrue, grow(random, builder, targets, random.nextInt(depth)));
        return node;
    }
}
