package dev.nereid.models.tensorflow.examples;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators on examples. */
public final class ExampleOperators {
    /** The domain of the engine's own operators. */
    public static final String DOMAIN = "dev.nereid";

    private ExampleOperators() {}

    /** Every operator on examples with its versions. */
    public static List<Entry> all() {
        return List.of(Entry.of(DOMAIN, "ParseExample", 1, new ParseExample()).taking(DataTypes.STRINGS));
    }
}
