package dev.nereid.models.operators.recurrent;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * How many steps each sequence of a batch has.
 *
 * @param lengths one a sequence
 * @param whole whether all sequences have all steps
 */
@SuppressWarnings("ArrayRecordComponent")
record SequenceLengths(int[] lengths, boolean whole) {
    /**
     * Reads them.
     *
     * @param tensor [batch] of INT32; without it every sequence has all steps
     * @throws ModelFormatException if there is not a length in [0, steps] for every sequence
     */
    static SequenceLengths of(Optional<Tensor> tensor, RecurrentSizes sizes) {
        int[] lengths = new int[sizes.batch()];
        Arrays.fill(lengths, sizes.steps());
        if (tensor.isEmpty()) {
            return new SequenceLengths(lengths, true);
        }
        WeightSizes.require("sequence_lens", tensor.get().shape(), Shape.of(sizes.batch()));
        long[] given = IntegerTensors.read(tensor.get()).orElseThrow();
        boolean whole = true;
        for (int i = 0; i < lengths.length; i++) {
            if (given[i] < 0 || given[i] > sizes.steps()) {
                throw new ModelFormatException(
                        "sequence_lens: expected lengths from 0 to " + sizes.steps() + ", got " + given[i]);
            }
            whole &= given[i] == sizes.steps();
            lengths[i] = (int) given[i];
        }
        return new SequenceLengths(lengths, whole);
    }

    boolean reaches(int sequence, int step) {
        return step < lengths[sequence];
    }

    /** The number of steps after which the next sequences end that have more than {@code steps}; very many if none has. */
    int nextEnd(int steps) {
        return Arrays.stream(lengths).filter(length -> length > steps).min().orElse(Integer.MAX_VALUE);
    }

    /** Steps of the longest sequence. */
    int most() {
        return Arrays.stream(lengths).max().orElse(0);
    }

    /** The time of the step that a pass takes as number {@code step}; the sequence must reach it. */
    int time(int sequence, int step, boolean reversed) {
        return reversed ? lengths[sequence] - 1 - step : step;
    }
}
