package dev.nereid.cuda.lowering.ml;

import dev.nereid.cuda.device.DeviceForest;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.kernels.tree.Branch;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.ml.FeatureRows;
import dev.nereid.models.operators.ml.ForestRegression;
import dev.nereid.models.operators.ml.PostTransform;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;

/** A forest in the layout of a device's kernel, as constants of a step. */
final class DeviceTrees {
    /** Constants of a step that hold a forest. */
    static final int FOREST_CONSTANTS = 5;

    private static final int NODE_FIELDS = 6;

    private DeviceTrees() {}

    /** The step of a regression, where devices have kernels for its aggregate and transform. */
    static Optional<DeviceStep> step(ForestRegression regression, Inference node) {
        Forest forest = regression.forest();
        double[] bases = regression.bases();
        // Of several targets, one that a row met no weight for is 0 whatever its base.
        boolean plain = forest.targets() > 1
                ? bases.length == 0 && regression.transform() == PostTransform.NONE
                : regression.transform() != PostTransform.PROBIT;
        boolean fits = node.type(0).dataType() == DataType.FP32
                && regression.aggregate() == Aggregate.SUM
                && plain
                && fits(forest);
        return fits ? Optional.of(step(forest, regression.average(), bases)) : Optional.empty();
    }

    /** Whether every node of a forest compares. */
    static boolean fits(Forest forest) {
        for (int node = 0; node < forest.nodes(); node++) {
            if (forest.branch(node) == Branch.MEMBER) {
                return false;
            }
        }
        return true;
    }

    /**
     * The step that sums up scores of FP32 features.
     *
     * @param bases empty, or one a target
     */
    static DeviceStep step(Forest forest, boolean average, double[] bases) {
        boolean based = bases.length > 0;
        return DeviceStep.computing(List.of(0), run -> run(run, forest, average, based))
                .withConstants(memory -> constants(forest, bases, memory));
    }

    private static List<MemorySegment> constants(Forest forest, double[] bases, SegmentAllocator memory) {
        List<MemorySegment> constants = constants(forest, memory);
        if (bases.length > 0) {
            constants.add(floats(bases.length, target -> bases[target], memory));
        }
        return constants;
    }

    /** A forest's {@link #FOREST_CONSTANTS} constants; more may be added. */
    static List<MemorySegment> constants(Forest forest, SegmentAllocator memory) {
        int weights = forest.firstWeight(forest.leaves());
        return new ArrayList<>(List.of(
                nodes(forest, memory),
                integers(forest.trees(), forest::root, memory),
                integers(forest.leaves() + 1, forest::firstWeight, memory),
                integers(weights, forest::weightTarget, memory),
                floats(weights, forest::weight, memory)));
    }

    private static void run(DeviceRun run, Forest forest, boolean average, boolean based) {
        long bases = based ? run.constant(FOREST_CONSTANTS) : 0;
        score(run, forest, average, bases, run.output(0).address(), 0);
    }

    /**
     * Scores the rows of input 0, in a step whose first constants are the forest's.
     *
     * @param bases address of one a target; 0 for none
     * @param scores address of [rows, targets]
     * @param present as {@link dev.nereid.cuda.device.DeviceKernels#score} has it
     */
    static void score(DeviceRun run, Forest forest, boolean average, long bases, long scores, long present) {
        DeviceTensor x = run.input(0);
        int features = FeatureRows.features(x.shape());
        if (features < forest.requiredFeatures()) {
            throw new IllegalArgumentException("input 0: expected at least " + forest.requiredFeatures()
                    + " features, which the trees read, got shape " + x.shape());
        }
        DeviceForest device = new DeviceForest(
                run.constant(0),
                run.constant(1),
                run.constant(2),
                run.constant(3),
                run.constant(4),
                bases,
                forest.targets(),
                forest.trees(),
                average);
        run.kernels().score(device, x.address(), scores, present, FeatureRows.rows(x.shape()), features);
    }

    private static MemorySegment nodes(Forest forest, SegmentAllocator memory) {
        MemorySegment nodes = memory.allocate(ValueLayout.JAVA_INT, (long) NODE_FIELDS * forest.nodes());
        for (int node = 0; node < forest.nodes(); node++) {
            long at = (long) NODE_FIELDS * node;
            nodes.setAtIndex(ValueLayout.JAVA_INT, at, forest.feature(node));
            nodes.setAtIndex(ValueLayout.JAVA_FLOAT, at + 1, (float) forest.threshold(node));
            nodes.setAtIndex(ValueLayout.JAVA_INT, at + 2, code(forest.branch(node)));
            nodes.setAtIndex(ValueLayout.JAVA_INT, at + 3, forest.missingIsTrue(node) ? 1 : 0);
            nodes.setAtIndex(ValueLayout.JAVA_INT, at + 4, forest.onTrue(node));
            nodes.setAtIndex(ValueLayout.JAVA_INT, at + 5, forest.onFalse(node));
        }
        return nodes;
    }

    /** The number that the kernel has for it. */
    private static int code(Branch branch) {
        return switch (branch) {
            case LESS_OR_EQUAL -> 0;
            case LESS -> 1;
            case GREATER_OR_EQUAL -> 2;
            case GREATER -> 3;
            case EQUAL -> 4;
            case NOT_EQUAL -> 5;
            case MEMBER -> throw new IllegalArgumentException("the kernel knows no sets");
        };
    }

    private static MemorySegment integers(int count, IntUnaryOperator value, SegmentAllocator memory) {
        MemorySegment integers = memory.allocate(ValueLayout.JAVA_INT, count);
        for (int i = 0; i < count; i++) {
            integers.setAtIndex(ValueLayout.JAVA_INT, i, value.applyAsInt(i));
        }
        return integers;
    }

    static MemorySegment floats(int count, IntToDoubleFunction value, SegmentAllocator memory) {
        MemorySegment floats = memory.allocate(ValueLayout.JAVA_FLOAT, count);
        for (int i = 0; i < count; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value.applyAsDouble(i));
        }
        return floats;
    }
}
