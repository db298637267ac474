package dev.nereid.models.operators.quantized;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the quantized operators. */
public final class QuantizedOperators {
    private QuantizedOperators() {}

    /** Every quantized operator with its versions. */
    public static List<Entry> all() {
        return List.of();
    }
}
