package dev.nereid.models.operators.recurrent;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.Shape;

/** The sizes that the weights of a layer state. */
public record WeightSizes(int directions, int hidden, int input) {
    /**
     * Reads them from the shapes of W and R.
     *
     * @throws ModelFormatException if the shapes do not fit each other or the attributes
     */
    public static WeightSizes of(RecurrentKind kind, RecurrentAttributes attributes, Shape w, Shape r) {
        if (w.rank() != 3 || r.rank() != 3) {
            throw new ModelFormatException("W and R: expected rank 3, got the shapes " + w + " and " + r);
        }
        WeightSizes sizes =
                new WeightSizes(attributes.direction().count(), Math.toIntExact(r.dim(2)), Math.toIntExact(w.dim(2)));
        long rows = (long) kind.gates() * sizes.hidden();
        require("W", w, Shape.of(sizes.directions(), rows, sizes.input()));
        require("R", r, Shape.of(sizes.directions(), rows, sizes.hidden()));
        if (attributes.hiddenSize().isPresent() && attributes.hiddenSize().get() != sizes.hidden()) {
            throw new ModelFormatException("hidden_size: expected " + sizes.hidden() + " as in R " + r + ", got "
                    + attributes.hiddenSize().get());
        }
        return sizes;
    }

    public static void require(String name, Shape actual, Shape expected) {
        if (!actual.equals(expected)) {
            throw new ModelFormatException(name + ": expected the shape " + expected + ", got " + actual);
        }
    }
}
