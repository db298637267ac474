package dev.nereid.cuda.placement;

import java.util.Arrays;
import java.util.List;

/**
 * What a model does on a device. Immutable; shared by all runs.
 *
 * @param values of all regions, each once: what a region has made or copied in, later ones find
 * @param regions in the order in which a run comes to them
 */
record DevicePlan(List<RegionValue> values, List<RegionPlan> regions) {
    DevicePlan {
        values = List.copyOf(values);
        regions = List.copyOf(regions);
    }

    /** How many steps there are. */
    int steps() {
        return regions.stream().mapToInt(region -> region.steps().size()).sum();
    }

    /** The value whose memory a value lies in. */
    int root(int value) {
        return values.get(value).place() instanceof RegionValue.Place.Alias(int root) ? root : value;
    }

    /**
     * The last step that needs a value's memory, be it for another value that lies there: by the values' numbers, with steps
     * counted over all regions. What a region copies out it needs to its end. -1 where none does, and of values that lie in
     * another one's memory.
     */
    int[] lastUses() {
        int[] lastUse = new int[values.size()];
        Arrays.fill(lastUse, -1);
        int end = -1;
        for (RegionPlan region : regions) {
            for (RegionStep step : region.steps()) {
                end++;
                for (int input : step.inputs()) {
                    if (input >= 0) {
                        lastUse[root(input)] = end;
                    }
                }
            }
            for (int output : region.outputs()) {
                lastUse[root(output)] = Math.max(lastUse[root(output)], end);
            }
        }
        return lastUse;
    }
}
