package dev.nereid.models.operators.generation;

import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import java.util.Arrays;

/**
 * Processes the scores of the next tokens before one is chosen, in this order: repetition penalty, no repeated n-grams,
 * vocabulary masks, minimum length.
 *
 * @param vocabulary tokens that have scores
 * @param mask with a zero for each token that is out; empty if none is
 * @param firstMask likewise, for each prompt, for its first token
 */
@SuppressWarnings("ArrayRecordComponent")
record LogitsProcessor(
        int vocabulary, float penalty, int gram, int[] mask, int[] firstMask, int batch, int minLength, int end) {
    private static final float OUT = -Float.MAX_VALUE;

    /** Where an operator has its rules among the inputs, of which {@code own} are its own. */
    record Inputs(int own, int minLength, int penalty, int mask, int firstMask) {}

    static LogitsProcessor of(StepRun run, Inputs inputs, int vocabulary, int batch, int gram, int end) {
        float penalty = GenerationParameters.real(run, inputs.own(), inputs.penalty(), "repetition_penalty", 1);
        if (!(penalty > 0)) {
            throw new IllegalArgumentException("repetition_penalty: expected a number above 0, got " + penalty);
        }
        if (end >= vocabulary) {
            throw new IllegalArgumentException(
                    "eos_token_id: expected one of the " + vocabulary + " tokens that have scores, got " + end);
        }
        return new LogitsProcessor(
                vocabulary,
                penalty,
                gram,
                GenerationParameters.integers(run, inputs.own(), inputs.mask(), "vocab_mask", Shape.of(vocabulary)),
                GenerationParameters.integers(
                        run, inputs.own(), inputs.firstMask(), "prefix_vocab_mask", Shape.of(batch, vocabulary)),
                batch,
                GenerationParameters.integer(run, inputs.own(), inputs.minLength(), "min_length", 0),
                end);
    }

    /**
     * Changes the scores of all sequences.
     *
     * @param scores [sequences, vocabulary]
     * @param first whether these are the first tokens behind the prompts
     */
    void apply(float[] scores, GeneratedSequences sequences, boolean first) {
        for (int row = 0; row < sequences.count(); row++) {
            int from = row * vocabulary;
            if (penalty != 1) {
                penalize(scores, from, sequences.tokens(row));
            }
            if (gram > 0 && gram <= sequences.length()) {
                dropRepeated(scores, from, sequences.row(row), sequences.length());
            }
            if (mask.length > 0) {
                drop(scores, from, mask, 0);
            }
            if (first && firstMask.length > 0) {
                drop(scores, from, firstMask, row / (sequences.count() / batch) * vocabulary);
            }
            if (sequences.length() < minLength) {
                scores[from + end] = OUT;
            }
        }
    }

    private void penalize(float[] scores, int from, int[] tokens) {
        int[] each = Arrays.stream(tokens).distinct().toArray();
        for (int token : each) {
            int at = from + known(token);
            scores[at] = scores[at] < 0 ? scores[at] * penalty : scores[at] / penalty;
        }
    }

    private void dropRepeated(float[] scores, int from, int[] tokens, int length) {
        int known = gram - 1;
        for (int first = 0; first + gram <= length; first++) {
            if (Arrays.equals(tokens, first, first + known, tokens, length - known, length)) {
                scores[from + known(tokens[first + known])] = OUT;
            }
        }
    }

    private int known(int token) {
        if (token < 0 || token >= vocabulary) {
            throw new IllegalArgumentException(
                    "token " + token + " is outside the " + vocabulary + " that have scores");
        }
        return token;
    }

    private void drop(float[] scores, int from, int[] dropped, int offset) {
        for (int token = 0; token < vocabulary; token++) {
            if (dropped[offset + token] == 0) {
                scores[from + token] = OUT;
            }
        }
    }
}
