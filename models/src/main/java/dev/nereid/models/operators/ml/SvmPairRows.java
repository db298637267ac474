package dev.nereid.models.operators.ml;

import dev.nereid.kernels.svm.WeightGroups;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Lowering;
import java.util.Arrays;
import java.util.List;

/**
 * The class of a row by the votes of machines, one a pair of classes. The support vectors lie class by class; each has a
 * coefficient for the machines between its class and each other one.
 */
final class SvmPairRows {
    private static final float SMALLEST_PROBABILITY = 1e-7f;

    private final int classes;
    private final int[] starts;
    private final List<Float> coefficients;
    private final float[] rho;
    private final float[] slopes;
    private final float[] offsets;
    private final PostTransform transform;

    private SvmPairRows(Attributes attributes, int classes) {
        this.classes = classes;
        this.starts = starts(attributes, classes);
        int pairs = classes * (classes - 1) / 2;
        this.coefficients = list(attributes, "coefficients", (classes - 1) * starts[classes]);
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

    /** The coefficients: a list for each machine that a class has a part in, a group a class. */
    WeightGroups weights(Lowering lowering) {
        return new WeightGroups(ConstantFloats.of(lowering, coefficients), classes - 1, starts);
    }

    /**
     * What a row is computed in, one a run.
     *
     * @param sums what the support vectors of each class add to each of its machines: [classes, classes - 1]
     * @param margins one a machine
     * @param votes one a class
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Scratch(double[] sums, float[] margins, int[] votes, PairwiseCoupling coupling) {}

    Scratch scratch() {
        return new Scratch(
                new double[classes * (classes - 1)],
                new float[rho.length],
                new int[classes],
                new PairwiseCoupling(slopes.length > 0 ? classes : 0));
    }

    /**
     * Computes a row.
     *
     * @param scratch with the row's sums
     * @param scores receives the scores
     * @return the class
     */
    int finish(Scratch scratch, double[] scores) {
        float[] margins = scratch.margins();
        int best = vote(scratch.sums(), margins, scratch.votes());
        if (slopes.length > 0) {
            couple(margins, scratch.coupling(), scores);
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

    private int vote(double[] sums, float[] margins, int... votes) {
        Arrays.fill(votes, 0);
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++) {
                double sum = sums[i * (classes - 1) + j - 1] + sums[j * (classes - 1) + i] + rho[pair];
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

    private void couple(float[] margins, PairwiseCoupling coupling, double[] probabilities) {
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                float probability = 1 - PostTransform.logistic(margins[pair] * slopes[pair] + offsets[pair]);
                coupling.pair(i, j, Math.clamp(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY));
            }
        }
        coupling.solve(probabilities);
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

    private static List<Float> list(Attributes attributes, String name, int count) {
        List<Float> list = attributes.reals(name).orElse(List.of());
        if (list.size() < count) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected " + count + " numbers, got " + list.size());
        }
        return list.subList(0, count);
    }

    private static float[] floats(Attributes attributes, String name, int count) {
        List<Float> list = list(attributes, name, count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = list.get(i);
        }
        return values;
    }
}
