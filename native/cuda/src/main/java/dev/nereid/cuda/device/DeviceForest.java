package dev.nereid.cuda.device;

/**
 * Decision trees in a device's memory, of which a row's scores are sums; addresses. A place is a node's number, or {@code ~} a
 * leaf's.
 *
 * @param nodes six fields of 4 bytes each: feature, threshold (FP32), {@link dev.nereid.kernels.tree.Branch} as it is counted,
 *     1 where NaN goes the way of true, the place on true, the place on false
 * @param roots INT32 [trees]
 * @param firstWeights INT32 [leaves + 1]
 * @param weightTargets INT32 [weights]
 * @param weights FP32 [weights]
 * @param bases FP32 [targets]; 0 for none
 * @param average whether sums are divided by the number of trees
 */
public record DeviceForest(
        long nodes,
        long roots,
        long firstWeights,
        long weightTargets,
        long weights,
        long bases,
        int targets,
        int trees,
        boolean average) {}
