package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Graph;
import java.util.List;

/** What came of the attempt to pack a graph. */
public sealed interface Packing {
    /** How an output is shared out among the texts of a run. */
    enum Part {
        /** [1, tokens, ...]: each text has as many rows as it has tokens. */
        TOKENS,
        /** [texts, ...]: each text has one. */
        TEXTS
    }

    /**
     * The packed graph. Its inputs are those of the other one, [1, tokens, ...] with the tokens of all texts one behind
     * the other, and last of all the ends of the texts: [texts], {@code INT64}.
     *
     * @param outputs how each output is shared out
     * @param longest the most tokens that a text may have; {@link Long#MAX_VALUE} for any number
     */
    record Packed(Graph graph, List<Part> outputs, long longest) implements Packing {
        public Packed {
            outputs = List.copyOf(outputs);
        }
    }

    /** The graph cannot be packed, or nobody knows that it can. */
    record Refused(String reason) implements Packing {}
}
