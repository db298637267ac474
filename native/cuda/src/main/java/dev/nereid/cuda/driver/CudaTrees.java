package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceClasses;
import dev.nereid.cuda.device.DeviceForest;

/** Starts the kernels of {@code trees.cu} and {@code classes.cu}. */
final class CudaTrees {
    private final Launcher launcher;

    CudaTrees(Launcher launcher) {
        this.launcher = launcher;
    }

    void score(DeviceForest forest, long x, long y, long present, int rows, int features) {
        launcher.begin()
                .address(x)
                .address(y)
                .address(present)
                .address(forest.nodes())
                .address(forest.roots())
                .address(forest.firstWeights())
                .address(forest.weightTargets())
                .address(forest.weights())
                .address(forest.bases())
                .number(rows)
                .number(features)
                .number(forest.targets())
                .number(forest.trees())
                .number(forest.average());
        launcher.elements("trees", rows);
    }

    void classify(DeviceClasses classes, long scores, long present, long labels, int rows) {
        launcher.begin()
                .address(scores)
                .address(present)
                .address(classes.names())
                .address(classes.bases())
                .address(labels)
                .number(rows)
                .number(classes.classes())
                .number(classes.baseCount())
                .number(code(classes.transform()))
                .number(classes.scoresOneOfTwo())
                .number(classes.positive());
        launcher.elements("classes", rows);
    }

    /** The number that the sources have for it. */
    private static int code(DeviceClasses.Transform transform) {
        return switch (transform) {
            case NONE -> 0;
            case SOFTMAX -> 1;
            case LOGISTIC -> 2;
            case SOFTMAX_ZERO -> 3;
            case PROBIT -> 4;
        };
    }
}
