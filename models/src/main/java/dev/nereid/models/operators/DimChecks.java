package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import java.util.Arrays;
import java.util.List;

/**
 * What operators require of their inputs' dims, checked when a model is loaded. Only what the formulas show to be wrong for
 * every request is refused; the rest is checked in a run.
 */
public final class DimChecks {
    private DimChecks() {}

    /**
     * Checks one dim.
     *
     * @param what names the tensor in the message
     * @throws ModelFormatException if it is known to differ
     */
    public static void dim(String what, TensorType type, int axis, Dim expected) {
        if (type.hasRank() && type.rank() > axis && type.dim(axis).differsFrom(expected)) {
            throw new ModelFormatException(what + ": expected " + expected + " as dim " + axis + ", got " + type);
        }
    }

    /**
     * Checks an optional input that holds {@code length} numbers in a row.
     *
     * @throws ModelFormatException if it is known to be of another shape
     */
    public static void vector(Inference inference, int input, String name, Dim length) {
        if (!inference.has(input) || !inference.type(input).hasRank()) {
            return;
        }
        TensorType type = inference.type(input);
        if (type.rank() != 1 || type.dim(0).differsFrom(length)) {
            throw new ModelFormatException(
                    name + ": expected [" + length + "], got " + type.dims().orElseThrow());
        }
    }

    /**
     * Checks that a tensor broadcasts to the last of these dims.
     *
     * @throws ModelFormatException if a dim is known to be neither 1 nor that
     */
    public static void broadcasts(String what, TensorType type, List<Dim> to) {
        if (!type.hasRank()) {
            return;
        }
        for (int axis = 1; axis <= type.rank(); axis++) {
            Dim dim = type.dim(type.rank() - axis);
            boolean fits = dim.is(1) || (axis <= to.size() && !dim.differsFrom(to.get(to.size() - axis)));
            if (!fits && dim.isKnown()) {
                throw new ModelFormatException(what + ": expected what broadcasts to " + to + ", got " + type);
            }
        }
    }

    /**
     * The groups of a convolution.
     *
     * @throws ModelFormatException if there are less than one
     */
    public static int groups(Attributes attributes) {
        long groups = attributes.integer("group", 1);
        if (groups < 1 || groups > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'group': expected at least 1, got " + groups);
        }
        return (int) groups;
    }

    /**
     * Checks a convolution.
     *
     * @param x [batch, channels, spatial...]
     * @param w [filters, channels / group, kernel...]
     */
    public static void convolution(Attributes attributes, TensorType x, TensorType w) {
        int groups = groups(attributes);
        if (!w.hasRank()) {
            return;
        }
        kernel(attributes, w);
        divides("w", w, groups);
        if (x.hasRank() && w.dim(1).times(groups).differsFrom(x.dim(1))) {
            throw new ModelFormatException("w: expected filters for the " + x.dim(1) + " channels of x " + x + " in "
                    + groups + (groups == 1 ? " group" : " groups") + ", got " + w);
        }
    }

    /**
     * Checks the channels of a convolution's input.
     *
     * @param x [batch, spatial..., channels]
     * @param w [filters, channels / group, kernel...]
     */
    public static void channelsLast(Attributes attributes, TensorType x, TensorType w) {
        dim("x", x, x.rank() - 1, w.dim(1).times(groups(attributes)));
    }

    /**
     * Checks a transposed convolution.
     *
     * @param x [batch, filters, spatial...]
     * @param w [filters, channels / group, kernel...]
     */
    public static void transposedConvolution(Attributes attributes, TensorType x, TensorType w) {
        int groups = groups(attributes);
        kernel(attributes, w);
        divides("w", w, groups);
        if (w.dim(0).differsFrom(x.dim(1))) {
            throw new ModelFormatException("w: expected [" + x.dim(1) + ", channels / group, ...], got " + w);
        }
    }

    /** The attribute kernel_shape, where it is there, says what w does. */
    public static void kernel(Attributes attributes, TensorType w) {
        attributes.integers("kernel_shape").ifPresent(kernel -> {
            boolean fits = kernel.length == w.rank() - 2;
            for (int axis = 0; fits && axis < kernel.length; axis++) {
                fits = !w.dim(axis + 2).differsFrom(Dim.of(kernel[axis]));
            }
            if (!fits) {
                throw new ModelFormatException(
                        "attribute 'kernel_shape': expected the kernel of w " + w + ", got " + Arrays.toString(kernel));
            }
        });
    }

    /** The attribute's numbers are as many as given, and none is below {@code lowest}; an absent attribute is all right. */
    public static void numbers(Attributes attributes, String name, int count, long lowest) {
        attributes.integers(name).ifPresent(numbers -> {
            if (numbers.length != count || Arrays.stream(numbers).anyMatch(number -> number < lowest)) {
                throw new ModelFormatException("attribute '" + name + "': expected " + count
                        + (lowest == Long.MIN_VALUE ? " numbers" : " numbers of at least " + lowest) + ", got "
                        + Arrays.toString(numbers));
            }
        });
    }

    private static void divides(String what, TensorType w, int groups) {
        if (w.dim(0).isKnown() && w.dim(0).value() % groups != 0) {
            throw new ModelFormatException(what + ": expected filters for " + groups + " groups of one size, got " + w);
        }
    }
}
