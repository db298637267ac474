package dev.nereid.cuda.lowering.ml;

import dev.nereid.cuda.device.DeviceClasses;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.operators.ml.ClassLabels;
import dev.nereid.models.operators.ml.ClassScores;
import dev.nereid.models.operators.ml.FeatureRows;
import dev.nereid.models.operators.ml.PostTransform;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A classifier by trees on a device, whose labels are integers. */
final class DeviceClassifier {
    private static final int NAMES = DeviceTrees.FOREST_CONSTANTS;
    private static final int BASES = NAMES + 1;
    private static final int LABELS = 0;
    private static final int SCORES = 1;

    private DeviceClassifier() {}

    static DeviceStep step(Forest forest, ClassScores classes, ClassLabels labels) {
        return DeviceStep.computing(
                        List.of(0),
                        run -> presentBytes(run, forest) + scoreBytes(run, forest),
                        run -> run(run, forest, classes))
                .withConstants(memory -> constants(forest, classes, labels, memory));
    }

    private static List<MemorySegment> constants(
            Forest forest, ClassScores classes, ClassLabels labels, SegmentAllocator memory) {
        List<MemorySegment> constants = DeviceTrees.constants(forest, memory);
        long[] names = classes.hasPlainLabels() ? new long[] {0, 1} : labels.integers();
        constants.add(memory.allocateFrom(ValueLayout.JAVA_LONG, names));
        if (classes.bases() > 0) {
            constants.add(DeviceTrees.floats(classes.bases(), classes::base, memory));
        }
        return constants;
    }

    private static void run(DeviceRun run, Forest forest, ClassScores classes) {
        Shape x = run.input(0).shape();
        long present = run.scratch();
        long scores = run.wants(SCORES) ? run.output(SCORES).address() : present + presentBytes(run, forest);
        DeviceTrees.score(run, forest, false, 0, scores, present);
        run.kernels()
                .classify(
                        rules(run, classes),
                        scores,
                        present,
                        run.wants(LABELS) ? run.output(LABELS).address() : 0,
                        FeatureRows.rows(x));
    }

    private static DeviceClasses rules(DeviceRun run, ClassScores classes) {
        return new DeviceClasses(
                run.constant(NAMES),
                classes.bases() == 0 ? 0 : run.constant(BASES),
                classes.classes(),
                classes.bases(),
                transform(classes.transform()),
                classes.scoresOneOfTwo(),
                classes.isPositive());
    }

    private static DeviceClasses.Transform transform(PostTransform transform) {
        return switch (transform) {
            case NONE -> DeviceClasses.Transform.NONE;
            case SOFTMAX -> DeviceClasses.Transform.SOFTMAX;
            case LOGISTIC -> DeviceClasses.Transform.LOGISTIC;
            case SOFTMAX_ZERO -> DeviceClasses.Transform.SOFTMAX_ZERO;
            case PROBIT -> DeviceClasses.Transform.PROBIT;
        };
    }

    /** Rounded up, so that scores behind them lie as kernels want it. */
    private static long presentBytes(DeviceRun run, Forest forest) {
        long numbers = (long) FeatureRows.rows(run.input(0).shape()) * forest.targets();
        return Math.ceilDiv(numbers, 16L) * 16;
    }

    private static long scoreBytes(DeviceRun run, Forest forest) {
        return run.wants(SCORES)
                ? 0
                : (long) Float.BYTES * FeatureRows.rows(run.input(0).shape()) * forest.targets();
    }
}
