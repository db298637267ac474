package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** Reads the regions of interest (RoI) that operators are given. */
final class RegionsOfInterest {
    private RegionsOfInterest() {}

    /**
     * The type of regions of x: [batch, channels, height, width], each pooled to so many rows and columns.
     *
     * @param input of the regions: [regions, numbers]
     */
    static List<TensorType> pooled(Inference inference, int input, int numbers, int height, int width) {
        TensorType x = inference.type(0);
        TensorType regions = inference.type(input);
        if ((x.hasRank() && x.rank() != 4) || (regions.hasRank() && regions.rank() != 2)) {
            throw new ModelFormatException("expected x: [batch, channels, height, width] and regions: [regions, "
                    + numbers + "], got " + x + " and " + regions);
        }
        return List.of(TensorType.of(
                x.dataType(),
                List.of(
                        regions.hasRank() ? regions.dim(0) : inference.unknownDim(),
                        x.hasRank() ? x.dim(1) : inference.unknownDim(),
                        Dim.of(height),
                        Dim.of(width))));
    }

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
