package dev.nereid.models.operators.generation;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The best sequences of a prompt that have come to their end, a given number of them. Not thread-safe. */
final class Hypotheses {
    /** A sequence and its score: the sum of its tokens' logarithms over a power of its length. */
    @SuppressWarnings("ArrayRecordComponent")
    record Hypothesis(int[] tokens, float score) {}

    private final PriorityQueue<Hypothesis> best =
            new PriorityQueue<>(Comparator.comparingDouble((Hypothesis hypothesis) -> hypothesis.score()));
    private final int count;
    private final float lengthPenalty;
    private final boolean early;
    private boolean done;

    /** @param early whether it is done as soon as there are enough */
    Hypotheses(int count, float lengthPenalty, boolean early) {
        this.count = count;
        this.lengthPenalty = lengthPenalty;
        this.early = early;
    }

    private float score(float sum, int length) {
        return (float) (sum / Math.pow(length, lengthPenalty));
    }

    void add(int[] tokens, float sum) {
        float score = score(sum, tokens.length);
        if (best.size() < count || score > best.element().score()) {
            best.add(new Hypothesis(tokens, score));
            if (best.size() > count) {
                best.remove();
            }
        }
    }

    /** Looks whether sequences that have not ended could still become better than those that have. */
    void look(float bestSum, int length) {
        done |= best.size() >= count && (early || best.element().score() >= score(bestSum, length));
    }

    boolean done() {
        return done;
    }

    /** The best ones, the best first. */
    List<Hypothesis> best(int kept) {
        return best.stream()
                .sorted(Comparator.comparingDouble((Hypothesis hypothesis) -> -hypothesis.score()))
                .limit(kept)
                .toList();
    }
}
