package dev.nereid.models.operators.nn;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the nn operators. */
public final class NnOperators {
    private NnOperators() {}

    /** Every nn operator with its versions. */
    public static List<Entry> all() {
        return List.of();
    }
}
