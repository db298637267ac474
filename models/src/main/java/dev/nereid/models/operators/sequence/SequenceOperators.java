package dev.nereid.models.operators.sequence;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators on sequences and optionals. */
public final class SequenceOperators {
    private SequenceOperators() {}

    /** Every operator on sequences and optionals with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("ConcatFromSequence", 11, new ConcatFromSequence()),
                Entry.of("Optional", 15, Optionals.MAKE),
                Entry.of("OptionalGetElement", 15, Optionals.GET_ELEMENT),
                Entry.of("OptionalHasElement", 15, Optionals.HAS_ELEMENT),
                Entry.of("SequenceAt", 11, SequenceEdits.AT),
                Entry.of("SequenceConstruct", 11, SequenceEdits.CONSTRUCT),
                Entry.of("SequenceEmpty", 11, SequenceEdits.EMPTY),
                Entry.of("SequenceErase", 11, SequenceEdits.ERASE),
                Entry.of("SequenceInsert", 11, SequenceEdits.INSERT),
                Entry.of("SequenceLength", 11, SequenceEdits.LENGTH),
                Entry.of("SequenceMap", 17, new SequenceMap()),
                Entry.of("SplitToSequence", 11, new SplitToSequence()));
    }
}
