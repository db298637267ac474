package dev.nereid.models.operators;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Tensors whose channels are the last axis: x: [batch, spatial..., channels]. */
public final class ChannelsLast {
    /** An extent at which every algorithm is worth its while. */
    private static final int COMMON_EXTENT = 56;

    private ChannelsLast() {}

    /** The extents of the spatial axes. */
    public static int[] spatial(Shape x) {
        int[] spatial = new int[x.rank() - 2];
        for (int axis = 0; axis < spatial.length; axis++) {
            spatial[axis] = Math.toIntExact(x.dim(axis + 1));
        }
        return spatial;
    }

    /** The window over x, with a common extent for each that only a run will know; empty where x is too small for it. */
    public static Optional<Window> usualWindow(WindowAttributes window, TensorType x) {
        int[] extents = new int[window.rank()];
        for (int axis = 0; axis < extents.length; axis++) {
            Dim dim = x.dim(axis + 1);
            extents[axis] = dim.isKnown() ? Math.toIntExact(dim.value()) : COMMON_EXTENT;
            if (window.output(axis, Dim.of(extents[axis])).value() < 0) {
                return Optional.empty();
            }
        }
        return Optional.of(window.window(extents));
    }

    /**
     * The type that pooling makes of x's; without kernel_shape one place is left of each spatial axis.
     *
     * @param keepsAxes whether an axis stays where kernel_shape is absent
     */
    public static TensorType pooled(TensorType x, Attributes attributes, boolean keepsAxes) {
        if (attributes.has("kernel_shape")) {
            return output(x, WindowAttributes.of(attributes), x.dim(-1));
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(keepsAxes ? x.rank() : 2, Dim.of(1)));
        dims.set(0, x.dim(0));
        dims.set(dims.size() - 1, x.dim(-1));
        return TensorType.of(x.dataType(), dims);
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
