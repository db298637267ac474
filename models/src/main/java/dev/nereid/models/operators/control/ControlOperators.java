package dev.nereid.models.operators.control;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the control operators. */
public final class ControlOperators {
    private ControlOperators() {}

    /** Every control operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("If", 1, new If()).taking(DataTypes.BOOLS),
                Entry.of("Loop", 1, new Loop()),
                Entry.of("Scan", 8, new Scan()));
    }
}
