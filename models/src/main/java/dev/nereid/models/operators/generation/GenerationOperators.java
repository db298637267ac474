package dev.nereid.models.operators.generation;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators that generate text. */
public final class GenerationOperators {
    private static final String MICROSOFT = "com.microsoft";
    private static final String NOTE =
            "of decoders like GPT-2, in FP32 or FP16; tokens and lengths of INT32, penalties of FP32";

    private GenerationOperators() {}

    /** Every operator that generates text. */
    public static List<Entry> all() {
        return List.of(
                Entry.of(MICROSOFT, "GreedySearch", 1, new GreedySearch()).noting(NOTE),
                Entry.of(MICROSOFT, "BeamSearch", 1, new BeamSearch()).noting(NOTE));
    }
}
