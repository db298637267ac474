package dev.nereid.models;

import java.util.List;

/** Whether a loaded model runs texts of different lengths one behind the other, without padding. */
public sealed interface TextPacking {
    /** How an output is shared out among the texts of a run. */
    enum Part {
        /** [1, tokens, ...]: each text has as many rows as it has tokens. */
        TOKENS,
        /** [texts, ...]: each text has one. */
        TEXTS
    }

    /** Nobody asked for it: a run takes a batch of one shape. */
    record NotAsked() implements TextPacking {}

    /**
     * It does. Its inputs are those of the file, [1, tokens, ...] with the tokens of all texts one behind the other, and
     * behind them the ends of the texts: [texts], {@code INT64}, rising up to the number of tokens.
     *
     * @param outputs how each output is shared out among the texts, in the order of the model's outputs
     * @param longest the most tokens that a text may have; {@link Long#MAX_VALUE} for any number
     */
    record Packed(List<Part> outputs, long longest) implements TextPacking {
        public Packed {
            outputs = List.copyOf(outputs);
        }
    }

    /** It was asked for and cannot be had: a run takes a batch of one shape. */
    record Refused(String reason) implements TextPacking {}
}
