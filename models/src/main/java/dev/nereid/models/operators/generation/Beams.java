package dev.nereid.models.operators.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The sequences of all prompts in a beam search: how likely each is, and which go on. Not thread-safe. */
final class Beams {
    /** What the sums of all sequences of a prompt but the first begin with, as at first all of them are the same. */
    private static final float FAR_BELOW = -1e9f;

    private final int beams;
    private final int padding;
    private final int end;
    private final float[] sums;
    private final int[] sources;
    private final int[] tokens;
    private final List<Hypotheses> hypotheses = new ArrayList<>();

    Beams(int batch, int beams, int padding, int end, float lengthPenalty, boolean early) {
        this.beams = beams;
        this.padding = padding;
        this.end = end;
        this.sums = new float[batch * beams];
        this.sources = new int[sums.length];
        this.tokens = new int[sums.length];
        for (int row = 0; row < sums.length; row++) {
            sums[row] = row % beams == 0 ? 0 : FAR_BELOW;
        }
        for (int i = 0; i < batch; i++) {
            hypotheses.add(new Hypotheses(beams, lengthPenalty, early));
        }
    }

    /** The row that each row goes on from. */
    int[] sources() {
        return sources;
    }

    /** The token that each row goes on with. */
    int[] tokens() {
        return tokens;
    }

    boolean done() {
        return hypotheses.stream().allMatch(Hypotheses::done);
    }

    /**
     * Chooses how rows go on.
     *
     * @param scores the logarithms of the next tokens: [rows, vocabulary]; the sums of the rows are added to them
     */
    void choose(float[] scores, int vocabulary, GeneratedSequences sequences) {
        for (int row = 0; row < sums.length; row++) {
            for (int token = 0; token < vocabulary; token++) {
                scores[row * vocabulary + token] += sums[row];
            }
        }
        for (int prompt = 0; prompt < hypotheses.size(); prompt++) {
            Hypotheses ended = hypotheses.get(prompt);
            int first = prompt * beams;
            if (ended.done()) {
                Arrays.fill(sums, first, first + beams, 0);
                Arrays.fill(tokens, first, first + beams, padding);
                Arrays.fill(sources, first, first + beams, 0);
            } else {
                choose(ended, first, scores, vocabulary, sequences);
            }
        }
    }

    private void choose(Hypotheses ended, int first, float[] scores, int vocabulary, GeneratedSequences sequences) {
        int[] candidates = best(scores, first * vocabulary, beams * vocabulary, 2 * beams);
        int kept = 0;
        float[] next = new float[beams];
        for (int rank = 0; rank < candidates.length && kept < beams; rank++) {
            int source = first + candidates[rank] / vocabulary;
            int token = candidates[rank] % vocabulary;
            float sum = scores[first * vocabulary + candidates[rank]];
            if (token != end) {
                sources[first + kept] = source;
                tokens[first + kept] = token;
                next[kept++] = sum;
            } else if (rank < beams) {
                ended.add(sequences.tokens(source), sum);
            }
        }
        if (kept < beams) {
            throw new IllegalArgumentException(
                    "num_beams: expected no more than there are tokens to choose from, got " + beams);
        }
        System.arraycopy(next, 0, sums, first, beams);
        ended.look(scores[first * vocabulary + candidates[0]], sequences.length());
    }

    /** The places of the highest numbers, the highest first; of equal ones the first. */
    private static int[] best(float[] scores, int from, int count, int wanted) {
        int[] best = new int[Math.min(wanted, count)];
        int found = 0;
        for (int i = 0; i < count; i++) {
            int at = found;
            while (at > 0 && scores[from + i] > scores[from + best[at - 1]]) {
                at--;
            }
            if (at < best.length) {
                int moved = Math.min(found, best.length - 1) - at;
                System.arraycopy(best, at, best, at + 1, moved);
                best[at] = i;
                found = Math.min(found + 1, best.length);
            }
        }
        return best;
    }

    /** The best sequences of each prompt, of those that have not ended too. */
    List<List<Hypotheses.Hypothesis>> best(GeneratedSequences sequences, int kept) {
        List<List<Hypotheses.Hypothesis>> best = new ArrayList<>();
        for (int prompt = 0; prompt < hypotheses.size(); prompt++) {
            Hypotheses ended = hypotheses.get(prompt);
            for (int row = prompt * beams; !ended.done() && row < (prompt + 1) * beams; row++) {
                ended.add(sequences.tokens(row), sums[row]);
            }
            best.add(ended.best(kept));
        }
        return best;
    }
}
