package dev.nereid.cuda.placement;

import java.util.List;

/**
 * What a region does: copies in, steps, copies out. What regions before it have left on the device it finds there.
 *
 * @param inputs the values that it copies in
 * @param firstInput the number of the first of them among the inputs of the region's node; the others follow
 * @param outputs the values that it copies out, in the order of the node's first outputs
 */
record RegionPlan(List<Integer> inputs, int firstInput, List<RegionStep> steps, List<Integer> outputs) {
    RegionPlan {
        inputs = List.copyOf(inputs);
        steps = List.copyOf(steps);
        outputs = List.copyOf(outputs);
    }

    /** How many steps start kernels. */
    long kernels() {
        return steps.stream().filter(step -> !step.step().isAlias()).count();
    }
}
