package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.List;

/**
 * The class of a row by the votes of machines, one a pair of classes. The support vectors lie class by class; each has a
 * coefficient for the machines between its class and each other one.
 */
final class SvmPairRows implements SvmClassifier.RowFinish {
    private static final float SMALLEST_PROBABILITY = 1e-7f;

    private final int classes;
    private final int[] starts;
    private final float[] coefficients;
    private final float[] rho;
    private final float[] slopes;
    private final float[] offsets;
    private final PostTransform transform;

    private SvmPairRows(Attributes attributes, int classes) {
        this.classes = classes;
        this.starts = starts(attributes, classes);
        int pairs = classes * (classes - 1) / 2;
        this.coefficients = floats(attributes, "coefficients", (classes - 1) * starts[classes]);
        this.rho = floats(attributes, "rho", pairs);
        boolean probabilities = attributes.reals("prob_a").map(List::size).orElse(0) > 0;
        this.slopes = floats(attributes, "prob_a", probabilities ? pairs : 0);
        this.offsets = floats(attributes, "prob_b", probabilities ? pairs : 0);
        this.transform = PostTransform.of(attributes);
    }

    static SvmPairRows of(Attributes attributes, int classes) {
        return new SvmPairRows(attributes, classes);
    }

    int supportVectors() {
        return starts[classes];
    }

    @Override
    public int finish(float[] values, double[] scores) {
        float[] margins = new float[rho.length];
        int best = vote(values, margins);
        if (slopes.length > 0) {
            PairwiseCoupling.probabilities(pairs(margins), scores);
            transform.apply(scores, classes);
        } else if (classes > 2) {
            for (int i = 0; i < margins.length; i++) {
                scores[i] = margins[i];
            }
            transform.apply(scores, margins.length);
        } else {
            finishTwo(margins[0], scores);
        }
        return best;
    }

    private int vote(float[] values, float[] margins) {
        int[] votes = new int[classes];
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++) {
                double sum = sum(values, i, j - 1) + sum(values, j, i) + rho[pair];
                margins[pair++] = (float) sum;
                votes[sum > 0 ? i : j]++;
            }
        }
        int best = 0;
        for (int i = 1; i < classes; i++) {
            best = votes[i] > votes[best] ? i : best;
        }
        return best;
    }

    /** What the support vectors of a class add to a machine; {@code row} of their coefficients is that machine's. */
    private double sum(float[] values, int ofClass, int row) {
        double sum = 0;
        for (int i = starts[ofClass]; i < starts[ofClass + 1]; i++) {
            sum += (double) coefficients[row * starts[classes] + i] * values[i];
        }
        return sum;
    }

    private float[][] pairs(float[] margins) {
        float[][] pairs = new float[classes][classes];
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                float probability = 1 - PostTransform.logistic(margins[pair] * slopes[pair] + offsets[pair]);
                pairs[i][j] = Math.clamp(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY);
                pairs[j][i] = 1 - pairs[i][j];
            }
        }
        return pairs;
    }

    private void finishTwo(float margin, double[] scores) {
        if (transform == PostTransform.NONE) {
            scores[0] = -margin;
            scores[1] = margin;
            return;
        }
        if (transform == PostTransform.PROBIT) {
            scores[0] = PostTransform.probit(margin);
            scores[1] = 0;
            return;
        }
        transform.complete(margin, scores);
    }

    private static int[] starts(Attributes attributes, int classes) {
        long[] counts = attributes.integers("vectors_per_class").orElse(new long[0]);
        if (counts.length != classes) {
            throw new ModelFormatException("attribute 'vectors_per_class': expected a number for each of the " + classes
                    + " classes, got " + counts.length);
        }
        int[] starts = new int[classes + 1];
        for (int i = 0; i < classes; i++) {
            if (counts[i] < 0) {
                throw new ModelFormatException("attribute 'vectors_per_class': " + counts[i] + " is negative");
            }
            starts[i + 1] = Math.toIntExact(starts[i] + counts[i]);
        }
        return starts;
    }

    private static float[] floats(Attributes attributes, String name, int count) {
        List<Float> list = attributes.reals(name).orElse(List.of());
        if (list.size() < count) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected " + count + " numbers, got " + list.size());
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = list.get(i);
        }
        return values;
    }
}
