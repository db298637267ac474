package dev.nereid.kernels.tree;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The sums of a forest over float32 features whose nodes all ask which of two sides of a bound a feature is on. Features
 * and bounds become integers of the same order, so that a step down a tree takes no branch: a node is four integers, and
 * the sign of a difference chooses one of the last two. Four rows go down a tree at a time, since each step waits for
 * memory; leaves lead to themselves until all four have arrived.
 */
final class OrderedForest implements TreeKernel {
    private static final int ROWS = 4;
    /** Integers that the features of the rows of one block may take: as much as stays in the first cache. */
    private static final int BLOCK_KEYS = 1 << 13;

    private static final int MAXIMUM_BLOCK = 64;

    private static final int KEY = 1;
    private static final int SIDES = 2;
    private static final int NODE = 4;

    private static final int NAN_ABOVE = Integer.MAX_VALUE;
    private static final int NAN_BELOW = Integer.MIN_VALUE;

    private final Forest forest;
    private final int[] nodes;
    private final int firstLeaf;
    private final int[] roots;
    private final float[] weights;
    /** 2 where some nodes want NaN below every bound and others above: each feature has a key of either kind. */
    private final int keysPerFeature;

    private OrderedForest(Forest forest) {
        this.forest = forest;
        this.firstLeaf = forest.nodes();
        boolean below = false;
        for (int node = 0; node < forest.nodes(); node++) {
            below |= sendsNanBelow(forest, node);
        }
        this.keysPerFeature = below ? 2 : 1;
        this.nodes = new int[Math.multiplyExact(NODE, Math.addExact(forest.nodes(), forest.leaves()))];
        for (int node = 0; node < forest.nodes(); node++) {
            boolean swapped = isSwapped(forest.branch(node));
            int at = NODE * node;
            nodes[at] = keysPerFeature * forest.feature(node) + (sendsNanBelow(forest, node) ? 1 : 0);
            nodes[at + KEY] = bound(forest.branch(node), (float) forest.threshold(node));
            nodes[at + SIDES] = place(swapped ? forest.onFalse(node) : forest.onTrue(node));
            nodes[at + SIDES + 1] = place(swapped ? forest.onTrue(node) : forest.onFalse(node));
        }
        for (int leaf = firstLeaf; leaf < firstLeaf + forest.leaves(); leaf++) {
            nodes[NODE * leaf + SIDES] = leaf;
            nodes[NODE * leaf + SIDES + 1] = leaf;
        }
        this.roots = new int[forest.trees()];
        for (int tree = 0; tree < roots.length; tree++) {
            roots[tree] = place(forest.root(tree));
        }
        this.weights = new float[forest.firstWeight(forest.leaves())];
        for (int weight = 0; weight < weights.length; weight++) {
            weights[weight] = (float) forest.weight(weight);
        }
    }

    /** Whether all nodes of a forest ask for a side. */
    static boolean suits(Forest forest) {
        for (int node = 0; node < forest.nodes(); node++) {
            if (!forest.branch(node).isOrdered()) {
                return false;
            }
        }
        return true;
    }

    static OrderedForest of(Forest forest) {
        return new OrderedForest(forest);
    }

    private int place(int place) {
        return place >= 0 ? place : firstLeaf + ~place;
    }

    /** Whether the side at or below the bound is the one for false. */
    private static boolean isSwapped(Branch branch) {
        return branch == Branch.GREATER || branch == Branch.GREATER_OR_EQUAL;
    }

    private static boolean sendsNanBelow(Forest forest, int node) {
        return forest.missingIsTrue(node) != isSwapped(forest.branch(node));
    }

    /** The greatest key on the lower side. */
    private static int bound(Branch branch, float threshold) {
        if (Float.isNaN(threshold)) {
            // No number is on the side for true.
            return isSwapped(branch) ? NAN_ABOVE - 1 : NAN_BELOW;
        }
        boolean includes = branch == Branch.LESS_OR_EQUAL || branch == Branch.GREATER;
        return key(threshold, NAN_ABOVE) - (includes ? 0 : 1);
    }

    /** An integer in the order of floats; both zeros have the same. */
    private static int key(float value, int nan) {
        int bits = Float.floatToRawIntBits(value + 0f);
        return Float.isNaN(value) ? nan : bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }

    @Override
    public void run(int rows, int features, MemorySegment x, MemorySegment scores, MemorySegment present) {
        int width = Math.max(1, keysPerFeature * features);
        int block = Math.clamp(BLOCK_KEYS / width, ROWS, MAXIMUM_BLOCK);
        block = Math.min(block, Math.max(rows, 1));
        int[] keys = new int[Math.multiplyExact(block, width)];
        float[] sums = new float[Math.multiplyExact(block, forest.targets())];
        byte[] met = new byte[sums.length];
        for (int first = 0; first < rows; first += block) {
            int count = Math.min(block, rows - first);
            readKeys(x, (long) first * features, count, features, keys, width);
            java.util.Arrays.fill(sums, 0);
            java.util.Arrays.fill(met, (byte) 0);
            for (int root : roots) {
                descend(root, count, keys, width, sums, met);
            }
            int values = count * forest.targets();
            long to = (long) first * forest.targets();
            MemorySegment.copy(sums, 0, scores, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * to, values);
            MemorySegment.copy(met, 0, present, ValueLayout.JAVA_BYTE, to, values);
        }
    }

    private void readKeys(MemorySegment x, long first, int rows, int features, int[] keys, int width) {
        for (int row = 0; row < rows; row++) {
            long from = 4 * (first + (long) row * features);
            int to = row * width;
            for (int feature = 0; feature < features; feature++) {
                float value = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + 4L * feature);
                if (keysPerFeature == 1) {
                    keys[to + feature] = key(value, NAN_ABOVE);
                } else {
                    keys[to + 2 * feature] = key(value, NAN_ABOVE);
                    keys[to + 2 * feature + 1] = key(value, NAN_BELOW);
                }
            }
        }
    }

    private void descend(int root, int rows, int[] keys, int width, float[] sums, byte[] met) {
        int row = 0;
        for (; row + ROWS <= rows; row += ROWS) {
            int first = row * width;
            int second = first + width;
            int third = second + width;
            int fourth = third + width;
            int a = root;
            int b = root;
            int c = root;
            int d = root;
            while (Math.min(Math.min(a, b), Math.min(c, d)) < firstLeaf) {
                a = next(a, keys, first);
                b = next(b, keys, second);
                c = next(c, keys, third);
                d = next(d, keys, fourth);
            }
            add(a, row, sums, met);
            add(b, row + 1, sums, met);
            add(c, row + 2, sums, met);
            add(d, row + 3, sums, met);
        }
        for (; row < rows; row++) {
            int place = root;
            while (place < firstLeaf) {
                place = next(place, keys, row * width);
            }
            add(place, row, sums, met);
        }
    }

    private int next(int place, int[] keys, int row) {
        int at = NODE * place;
        long toBound = (long) nodes[at + KEY] - keys[row + nodes[at]];
        return nodes[at + SIDES + (int) (toBound >>> 63)];
    }

    private void add(int place, int row, float[] sums, byte[] met) {
        int leaf = place - firstLeaf;
        int end = forest.firstWeight(leaf + 1);
        for (int weight = forest.firstWeight(leaf); weight < end; weight++) {
            int at = row * forest.targets() + forest.weightTarget(weight);
            sums[at] += weights[weight];
            met[at] = 1;
        }
    }
}
