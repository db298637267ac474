package dev.nereid.models.operators.nn;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import java.util.Arrays;
import java.util.Optional;

/** The axes that an operator works along: an attribute, or an input in later opsets. */
public final class OperatorAxes {
    private OperatorAxes() {}

    /**
     * The axes as they are given: those of input {@code input} if it is there, else the attribute {@code axes}; none
     * given are an empty array.
     *
     * @return empty where the input's content is not known
     */
    public static Optional<long[]> given(Inference in, int input) {
        if (!in.has(input)) {
            return Optional.of(in.attributes().integers("axes").orElse(new long[0]));
        }
        return in.content(input)
                .filter(dims -> dims.stream().allMatch(Dim::isKnown))
                .map(dims -> dims.stream().mapToLong(Dim::value).toArray());
    }

    /** The axes that a run's input holds. */
    static long[] read(StepRun run, int input) {
        return IntegerTensors.read(run.input(input)).orElseThrow();
    }

    /** Which axes of a tensor of {@code rank} are named; negative ones count from the innermost. */
    static boolean[] flags(long[] axes, int rank) {
        boolean[] flags = new boolean[rank];
        for (long axis : axes) {
            flags[of(axis, rank)] = true;
        }
        return flags;
    }

    /** The axis in [0, rank). */
    public static int of(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException("axis " + axis + " is outside a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** All axes. */
    static boolean[] all(int rank) {
        boolean[] flags = new boolean[rank];
        Arrays.fill(flags, true);
        return flags;
    }
}
