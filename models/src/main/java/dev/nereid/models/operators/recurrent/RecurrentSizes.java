package dev.nereid.models.operators.recurrent;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.Shape;

/** The sizes of one run of a layer, and where its tensors hold what. Positions are in elements. */
public record RecurrentSizes(int steps, int batch, WeightSizes weights, boolean batchFirst) {
    /**
     * The sizes of a run.
     *
     * @param x the shape of X: [steps, batch, input], or [batch, steps, input]
     * @throws ModelFormatException if X does not fit the weights
     */
    public static RecurrentSizes of(Shape x, WeightSizes weights, boolean batchFirst) {
        if (x.rank() != 3 || x.dim(2) != weights.input()) {
            throw new ModelFormatException("X: expected rank 3 and " + weights.input() + " inputs a step, got " + x);
        }
        int steps = Math.toIntExact(x.dim(batchFirst ? 1 : 0));
        return new RecurrentSizes(steps, Math.toIntExact(x.dim(batchFirst ? 0 : 1)), weights, batchFirst);
    }

    public int directions() {
        return weights.directions();
    }

    public int hidden() {
        return weights.hidden();
    }

    /** The shape of the initial and the last states. */
    public Shape states() {
        return batchFirst ? Shape.of(batch, directions(), hidden()) : Shape.of(directions(), batch, hidden());
    }

    /** Where a state of {@link #states} begins. */
    long stateAt(int direction, int sequence) {
        long row = batchFirst ? (long) sequence * directions() + direction : (long) direction * batch + sequence;
        return row * hidden();
    }

    /** Where one step of X begins. */
    long inputAt(int time, int sequence) {
        long row = batchFirst ? (long) sequence * steps + time : (long) time * batch + sequence;
        return row * weights.input();
    }

    /** Where one step of Y begins. */
    long outputAt(int time, int direction, int sequence) {
        long row = batchFirst
                ? ((long) sequence * steps + time) * directions() + direction
                : ((long) time * directions() + direction) * batch + sequence;
        return row * hidden();
    }
}
