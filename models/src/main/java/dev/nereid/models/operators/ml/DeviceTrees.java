package dev.nereid.models.operators.ml;

import dev.nereid.kernels.device.DeviceForest;
import dev.nereid.kernels.tree.Branch;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.lowering.DeviceRun;
import dev.nereid.models.lowering.DeviceStep;
import dev.nereid.models.lowering.DeviceTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;

/** A forest in the layout of a device's kernel, as constants of a step. */
final class DeviceTrees {
    private static final int NODE_FIELDS = 6;

    private DeviceTrees() {}

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
        int weights = forest.firstWeight(forest.leaves());
        List<Tensor> constants = new ArrayList<>(List.of(
                nodes(forest),
                integers(forest.trees(), forest::root),
                integers(forest.leaves() + 1, forest::firstWeight),
                integers(weights, forest::weightTarget),
                floats(weights, forest::weight)));
        if (bases.length > 0) {
            constants.add(floats(bases.length, target -> bases[target]));
        }
        boolean based = bases.length > 0;
        return DeviceStep.computing(List.of(0), run -> run(run, forest, average, based))
                .withConstants(constants);
    }

    private static void run(DeviceRun run, Forest forest, boolean average, boolean based) {
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
                based ? run.constant(5) : 0,
                forest.targets(),
                forest.trees(),
                average);
        run.kernels().score(device, x.address(), run.output(0).address(), FeatureRows.rows(x.shape()), features);
    }

    private static Tensor nodes(Forest forest) {
        Tensor nodes = tensor(DataType.INT32, NODE_FIELDS * forest.nodes());
        MemorySegment memory = nodes.segment();
        for (int node = 0; node < forest.nodes(); node++) {
            long at = (long) NODE_FIELDS * node;
            memory.setAtIndex(ValueLayout.JAVA_INT, at, forest.feature(node));
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, at + 1, (float) forest.threshold(node));
            memory.setAtIndex(ValueLayout.JAVA_INT, at + 2, code(forest.branch(node)));
            memory.setAtIndex(ValueLayout.JAVA_INT, at + 3, forest.missingIsTrue(node) ? 1 : 0);
            memory.setAtIndex(ValueLayout.JAVA_INT, at + 4, forest.onTrue(node));
            memory.setAtIndex(ValueLayout.JAVA_INT, at + 5, forest.onFalse(node));
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

    private static Tensor integers(int count, IntUnaryOperator value) {
        Tensor tensor = tensor(DataType.INT32, count);
        for (int i = 0; i < count; i++) {
            tensor.segment().setAtIndex(ValueLayout.JAVA_INT, i, value.applyAsInt(i));
        }
        return tensor;
    }

    private static Tensor floats(int count, IntToDoubleFunction value) {
        Tensor tensor = tensor(DataType.FP32, count);
        for (int i = 0; i < count; i++) {
            tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value.applyAsDouble(i));
        }
        return tensor;
    }

    /** In memory that goes with the tensor. */
    private static Tensor tensor(DataType type, int count) {
        return Tensor.of(type, Shape.of(count), Arena.ofAuto().allocate(4L * count, 4));
    }
}
