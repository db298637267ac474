package dev.nereid.models.device;

import java.util.List;

/**
 * What a region does: copies in, steps, copies out. Immutable; shared by all runs.
 *
 * @param outputs the values that are copied out, in the order of the node's outputs
 */
record RegionPlan(List<RegionValue> values, List<RegionStep> steps, List<Integer> outputs) {
    RegionPlan {
        values = List.copyOf(values);
        steps = List.copyOf(steps);
        outputs = List.copyOf(outputs);
    }

    /** How many steps start kernels. */
    long kernels() {
        return steps.stream().filter(step -> !step.step().isAlias()).count();
    }

    /** The value whose memory a value lies in. */
    int root(int value) {
        int root = value;
        while (values.get(root).place() instanceof RegionValue.Place.Alias alias) {
            root = alias.value();
        }
        return root;
    }
}
