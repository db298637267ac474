package dev.nereid.models.operators.nn;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** The window of a pooling operator; that of a global one spans the whole input. x: [batch, channels, spatial...]. */
public final class PooledWindow {
    private PooledWindow() {}

    static List<Dim> outputDims(Inference inference, boolean global) {
        TensorType x = inference.type(0);
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), x.dim(1)));
        if (global) {
            for (int axis = 2; axis < x.rank(); axis++) {
                dims.add(Dim.of(1));
            }
            return dims;
        }
        WindowAttributes attributes = WindowAttributes.of(inference.attributes());
        if (attributes.rank() != x.rank() - 2) {
            throw new ModelFormatException(
                    "attribute 'kernel_shape': expected " + (x.rank() - 2) + " numbers, got " + attributes.rank());
        }
        for (int axis = 0; axis < attributes.rank(); axis++) {
            dims.add(attributes.output(axis, x.dim(axis + 2)));
        }
        return dims;
    }

    public static WindowAttributes attributes(Attributes attributes, Shape x, boolean global) {
        return global ? WindowAttributes.of(Attributes.NONE, spatial(x)) : WindowAttributes.of(attributes);
    }

    public static Window window(WindowAttributes attributes, Shape x) {
        return attributes.window(spatial(x));
    }

    public static int channels(Shape x) {
        return Math.toIntExact(x.dim(0) * x.dim(1));
    }

    private static int[] spatial(Shape x) {
        int[] spatial = new int[x.rank() - 2];
        for (int axis = 0; axis < spatial.length; axis++) {
            spatial[axis] = Math.toIntExact(x.dim(axis + 2));
        }
        return spatial;
    }
}
