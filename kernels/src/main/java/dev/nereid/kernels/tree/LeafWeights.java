package dev.nereid.kernels.tree;

/**
 * The weights of a forest's leaves, and of one leaf more, which adds nothing.
 *
 * @param scores scores a row
 * @param first the first weight of each leaf; the last is before the next leaf's first one
 * @param targets which score each weight is for
 * @param isOneEach whether there is one score, and every leaf has one weight
 */
@SuppressWarnings("ArrayRecordComponent")
record LeafWeights(int scores, int[] first, int[] targets, float[] weights, boolean isOneEach) {
    static LeafWeights of(Forest forest) {
        int[] first = new int[forest.leaves() + 2];
        for (int leaf = 0; leaf <= forest.leaves(); leaf++) {
            first[leaf] = forest.firstWeight(leaf);
        }
        int count = first[forest.leaves()];
        boolean oneEach = forest.targets() == 1 && count == forest.leaves();
        for (int leaf = 0; leaf < forest.leaves(); leaf++) {
            oneEach &= first[leaf] == leaf;
        }
        // The weight of the additional leaf changes no sum, not even the sign of zero.
        first[forest.leaves() + 1] = oneEach ? count + 1 : count;
        int[] targets = new int[first[forest.leaves() + 1]];
        float[] weights = new float[targets.length];
        for (int weight = 0; weight < count; weight++) {
            targets[weight] = forest.weightTarget(weight);
            weights[weight] = (float) forest.weight(weight);
        }
        if (oneEach) {
            weights[count] = -0f;
        }
        return new LeafWeights(forest.targets(), first, targets, weights, oneEach);
    }
}
