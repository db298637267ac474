package dev.nereid.models;

import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.imported.DimLimit;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.function.IntFunction;

/** Holds the inputs of a run to the bounds that their file has for dims. */
record InputLimits(List<DimLimit> limits) {
    static final InputLimits NONE = new InputLimits(List.of());

    InputLimits {
        limits = List.copyOf(limits);
    }

    /**
     * Checks a run's inputs; what does not suit otherwise is left to others.
     *
     * @param ports of the model
     * @throws ExecutionException if a dim is out of its bounds
     */
    void check(List<LoadedModel.Port> ports, int inputs, IntFunction<Shape> shapes) {
        for (DimLimit limit : limits) {
            if (limit.input() >= inputs) {
                continue;
            }
            Shape shape = shapes.apply(limit.input());
            if (limit.axis() < shape.rank()
                    && (shape.dim(limit.axis()) < limit.least() || shape.dim(limit.axis()) > limit.most())) {
                throw ExecutionException.invalid(
                        "input '" + ports.get(limit.input()).name() + "': dim " + limit.axis()
                                + " is " + shape.dim(limit.axis()) + ", the model was exported for "
                                + (limit.most() == Long.MAX_VALUE
                                        ? limit.least() + " or more"
                                        : limit.least() + " to " + limit.most()));
            }
        }
    }
}
