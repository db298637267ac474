package dev.nereid.kernels.tree;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Features and bounds of float32 as integers of the same order, so that a step down a tree takes no branch.
 *
 * @param perFeature 2 where some nodes want NaN below every bound and others above: each feature has a key of either kind
 */
record OrderedKeys(int perFeature) {
    private static final int NAN_ABOVE = Integer.MAX_VALUE;
    private static final int NAN_BELOW = Integer.MIN_VALUE;

    static OrderedKeys of(Forest forest) {
        boolean below = false;
        for (int node = 0; node < forest.nodes(); node++) {
            below |= sendsNanBelow(forest, node);
        }
        return new OrderedKeys(below ? 2 : 1);
    }

    /** Keys of a row, at least one. */
    int width(int features) {
        return Math.max(1, Math.multiplyExact(perFeature, features));
    }

    /** Which key of a row a node looks at. */
    int index(Forest forest, int node) {
        return perFeature * forest.feature(node) + (sendsNanBelow(forest, node) ? 1 : 0);
    }

    /** The greatest key on a node's lower side. */
    static int bound(Forest forest, int node) {
        Branch branch = forest.branch(node);
        float threshold = (float) forest.threshold(node);
        if (Float.isNaN(threshold)) {
            // No number is on the side for true.
            return isSwapped(branch) ? NAN_ABOVE - 1 : NAN_BELOW;
        }
        boolean includes = branch == Branch.LESS_OR_EQUAL || branch == Branch.GREATER;
        return key(threshold, NAN_ABOVE) - (includes ? 0 : 1);
    }

    /** Where a node leads for keys up to its bound. */
    static int lower(Forest forest, int node) {
        return isSwapped(forest.branch(node)) ? forest.onFalse(node) : forest.onTrue(node);
    }

    /** Where a node leads for keys above its bound. */
    static int upper(Forest forest, int node) {
        return isSwapped(forest.branch(node)) ? forest.onTrue(node) : forest.onFalse(node);
    }

    /** Reads rows of features from byte {@code from} on; rows of keys are {@link #width} long. */
    void read(MemorySegment x, long from, int rows, int features, int[] keys) {
        int count = rows * features;
        if (features == 0) {
            return;
        }
        if (perFeature == 1) {
            for (int i = 0; i < count; i++) {
                keys[i] = key(x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + 4L * i), NAN_ABOVE);
            }
        } else {
            for (int i = 0; i < count; i++) {
                float value = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + 4L * i);
                keys[2 * i] = key(value, NAN_ABOVE);
                keys[2 * i + 1] = key(value, NAN_BELOW);
            }
        }
    }

    /** Whether the side at or below the bound is the one for false. */
    private static boolean isSwapped(Branch branch) {
        return branch == Branch.GREATER || branch == Branch.GREATER_OR_EQUAL;
    }

    private static boolean sendsNanBelow(Forest forest, int node) {
        return forest.missingIsTrue(node) != isSwapped(forest.branch(node));
    }

    /** An integer in the order of floats; both zeros have the same. */
    private static int key(float value, int nan) {
        int bits = Float.floatToRawIntBits(value + 0f);
        return Float.isNaN(value) ? nan : bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }
}
