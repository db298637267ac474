package dev.nereid.kernels.svm;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Lists of weights, of which each has one for every support vector, and groups of support vectors that follow each other.
 *
 * @param weights float32 [lists, support vectors], dense
 * @param lists number of lists
 * @param starts where each group begins, and behind the last one where it ends: ascending, from 0 on
 */
@SuppressWarnings("ArrayRecordComponent") // handed to kernels, never compared
public record WeightGroups(MemorySegment weights, int lists, int... starts) {
    public WeightGroups {
        Objects.requireNonNull(weights, "weights");
        if (lists < 1 || starts.length < 2 || starts[0] != 0) {
            throw new IllegalArgumentException(lists + " lists of weights, " + starts.length + " bounds of groups");
        }
        for (int group = 1; group < starts.length; group++) {
            if (starts[group] < starts[group - 1]) {
                throw new IllegalArgumentException("group " + (group - 1) + " ends before it begins");
            }
        }
    }

    /** Number of groups. */
    public int groups() {
        return starts.length - 1;
    }

    /** Number of support vectors, and of weights in a list. */
    public int count() {
        return starts[groups()];
    }
}
