package dev.nereid.models.operators.vision;

import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;

/** Reads the regions of interest (RoI) that operators are given. */
final class RegionsOfInterest {
    private RegionsOfInterest() {}

    /**
     * The item of the batch that each region belongs to.
     *
     * @param regions the shape of the regions: [regions, numbers]
     * @throws IllegalArgumentException if the shapes do not fit, or an item is not in [0, batch)
     */
    static long[] items(Tensor tensor, Shape regions, int numbers, long batch) {
        long[] items = IntegerTensors.read(tensor).orElseThrow();
        if (regions.dim(1) != numbers || regions.dim(0) != items.length) {
            throw new IllegalArgumentException(
                    "expected regions: [" + items.length + "," + numbers + "], got " + regions);
        }
        for (long item : items) {
            requireItem((double) item, batch);
        }
        return items;
    }

    static void requireItem(double item, long batch) {
        if (!(item >= 0 && item < batch)) {
            throw new IllegalArgumentException("a region belongs to item " + item + " of a batch of " + batch);
        }
    }
}
