package dev.nereid.models.operators.nn;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;
import java.util.stream.Stream;

/** The list of the nn operators. */
public final class NnOperators {
    private NnOperators() {}

    /** Every nn operator with its versions. */
    public static List<Entry> all() {
        return Stream.of(
                        ReductionOperators.all(),
                        SegmentReductions.all(),
                        NormalizationOperators.all(),
                        PoolingOperators.all())
                .flatMap(List::stream)
                .toList();
    }
}
