package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which experts compute a token: the {@code k} with the highest scores, of equal ones the last. An expert's weight is its
 * softmax among all experts, brought to a sum of 1 among those of the token if {@code normalized}; or what a tensor of weights
 * says.
 *
 * @param amongChosen whether the softmax is among the experts of the token alone
 */
record ExpertRouting(int k, boolean normalized, boolean amongChosen) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** The weight, and those below it, of an expert that is not worth its work; ONNX Runtime has the same. */
    private static final float NOTHING = 1e-8f;

    /** A token that an expert computes, and how much that counts. */
    record Share(int token, float weight) {}

    static ExpertRouting of(Attributes attributes, boolean quantized) {
        long k = attributes.integer("k", 1);
        if (k < 1 || k > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'k': expected a positive number, got " + k);
        }
        if (attributes.integer("use_sparse_mixer", 0) != 0) {
            throw new ModelFormatException("attribute 'use_sparse_mixer': expected 0, got 1, which is not supported");
        }
        boolean normalized = attributes.integer("normalize_routing_weights", 0) != 0;
        return new ExpertRouting((int) k, normalized, quantized);
    }

    /**
     * The tokens of each expert, in order.
     *
     * @param scores [tokens, experts]
     * @param weights [tokens, experts], if they are not made of the scores
     */
    List<List<Share>> shares(MemorySegment scores, Optional<MemorySegment> weights, int tokens, int experts) {
        if (k > experts) {
            throw new IllegalArgumentException(
                    "a mixture of experts: expected k of at most " + experts + ", which there are, got " + k);
        }
        List<List<Share>> shares = new ArrayList<>();
        IntStream.range(0, experts).forEach(_ -> shares.add(new ArrayList<>()));
        float[] row = new float[experts];
        for (int token = 0; token < tokens; token++) {
            MemorySegment.copy(scores, FLOAT, 4L * token * experts, row, 0, experts);
            int[] chosen = chosen(row);
            float[] mixing = weights.isPresent()
                    ? given(weights.get(), (long) token * experts, chosen)
                    : amongChosen ? softmax(row, chosen, chosen) : softmax(row, chosen, all(experts));
            if (normalized && (weights.isPresent() || !amongChosen)) {
                normalize(mixing);
            }
            for (int i = 0; i < k; i++) {
                if (mixing[i] > (amongChosen ? NOTHING : 0)) {
                    shares.get(chosen[i]).add(new Share(token, mixing[i]));
                }
            }
        }
        return shares;
    }

    private static int[] all(int experts) {
        return IntStream.range(0, experts).toArray();
    }

    private int[] chosen(float[] scores) {
        int[] chosen = new int[k];
        boolean[] taken = new boolean[scores.length];
        for (int i = 0; i < k; i++) {
            int best = -1;
            for (int expert = 0; expert < scores.length; expert++) {
                if (!taken[expert] && (best < 0 || scores[expert] >= scores[best])) {
                    best = expert;
                }
            }
            // Where a score is NaN, no other one is above it.
            taken[best] = true;
            chosen[i] = best;
        }
        return chosen;
    }

    private static float[] given(MemorySegment weights, long first, int[] chosen) {
        float[] mixing = new float[chosen.length];
        for (int i = 0; i < mixing.length; i++) {
            mixing[i] = weights.get(FLOAT, 4 * (first + chosen[i]));
        }
        return mixing;
    }

    /** The softmax of the chosen scores among others, which they are part of. */
    private static float[] softmax(float[] scores, int[] chosen, int[] among) {
        float highest = scores[among[0]];
        for (int expert : among) {
            highest = Math.max(highest, scores[expert]);
        }
        float sum = 0;
        for (int expert : among) {
            sum += (float) Math.exp(scores[expert] - highest);
        }
        float[] mixing = new float[chosen.length];
        for (int i = 0; i < mixing.length; i++) {
            mixing[i] = (float) Math.exp(scores[chosen[i]] - highest) / sum;
        }
        return mixing;
    }

    private static void normalize(float[] mixing) {
        float sum = 0;
        for (float weight : mixing) {
            sum += weight;
        }
        for (int i = 0; i < mixing.length; i++) {
            mixing[i] = sum == 0 ? 0 : mixing[i] / sum;
        }
    }
}
