package dev.nereid.models.operators.linear;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the linear operators. */
public final class LinearOperators {
    private LinearOperators() {}

    /** Every linear operator with its versions. */
    public static List<Entry> all() {
        return List.of();
    }
}
