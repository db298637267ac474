package dev.nereid.models.operators.movement;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the movement operators. */
public final class MovementOperators {
    private MovementOperators() {}

    /** Every movement operator with its versions. */
    public static List<Entry> all() {
        return List.of();
    }
}
