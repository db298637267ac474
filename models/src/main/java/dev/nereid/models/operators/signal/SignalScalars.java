package dev.nereid.models.operators.signal;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.Tensor;
import java.util.Optional;

/** Reads integer scalar inputs: lengths, steps, axes. */
final class SignalScalars {
    private SignalScalars() {}

    /** What an input holds, if it is there and that is known. */
    static Optional<Dim> content(Inference in, int input) {
        return in.has(input)
                ? in.content(input).filter(content -> content.size() == 1).map(content -> content.get(0))
                : Optional.empty();
    }

    /**
     * The number that a tensor of one element holds.
     *
     * @throws ModelFormatException if it has another number of elements
     */
    static long of(Tensor tensor, String name) {
        if (tensor.shape().elements() != 1) {
            throw new ModelFormatException(name + ": expected one number, got the shape " + tensor.shape());
        }
        return IntegerTensors.read(tensor)
                .orElseThrow(() -> new ModelFormatException(name + ": expected an integer, got " + tensor.dataType()))[
                0];
    }

    /** As {@link #of}, for a number that may not be below {@code least}. */
    static int atLeast(int least, Tensor tensor, String name) {
        return atLeast(least, of(tensor, name), name);
    }

    static int atLeast(int least, long value, String name) {
        if (value < least || value > Integer.MAX_VALUE) {
            throw new ModelFormatException(name + ": expected " + least + " at least, got " + value);
        }
        return (int) value;
    }
}
