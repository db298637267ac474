package dev.nereid.models.operators;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Tensors whose channels are the last axis: x: [batch, spatial..., channels]. */
public final class ChannelsLast {
    private ChannelsLast() {}

    /** The extents of the spatial axes. */
    public static int[] spatial(Shape x) {
        int[] spatial = new int[x.rank() - 2];
        for (int axis = 0; axis < spatial.length; axis++) {
            spatial[axis] = Math.toIntExact(x.dim(axis + 1));
        }
        return spatial;
    }

    /** The type that a window makes of x's, with so many channels. */
    public static TensorType output(TensorType x, WindowAttributes window, Dim channels) {
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0)));
        for (int axis = 0; axis < window.rank(); axis++) {
            dims.add(window.output(axis, x.dim(axis + 1)));
        }
        dims.add(channels);
        return TensorType.of(x.dataType(), dims);
    }
}
