package dev.nereid.models.operators.elementwise;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the elementwise operators. */
public final class ElementwiseOperators {
    private ElementwiseOperators() {}

    /** Every elementwise operator with its versions. */
    public static List<Entry> all() {
        return List.of();
    }
}
