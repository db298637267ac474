package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Forest;

/**
 * From the sums of a row's weights to its class and class scores. With two classes the trees may score one of them only:
 * then the other one's score follows, and how depends on whether any weight is negative. These rules are ONNX Runtime's.
 */
public final class ClassScores {
    /** What the score of a class that the trees do not score is. */
    private enum Second {
        /** Nothing: 0. */
        ABSENT,
        /** The scores are probabilities that add up to 1. */
        COMPLEMENT,
        /** The scores are margins to either side of 0. */
        OPPOSITE
    }

    private final int classes;
    private final double[] bases;
    private final PostTransform transform;
    private final boolean scoresOneOfTwo;
    private final boolean isPositive;

    private ClassScores(
            int classes, double[] bases, PostTransform transform, boolean scoresOneOfTwo, boolean isPositive) {
        this.classes = classes;
        this.bases = bases;
        this.transform = transform;
        this.scoresOneOfTwo = scoresOneOfTwo;
        this.isPositive = isPositive;
    }

    static ClassScores of(Forest forest, double[] bases, PostTransform transform) {
        int weights = forest.firstWeight(forest.leaves());
        boolean one = true;
        boolean positive = true;
        for (int weight = 0; weight < weights; weight++) {
            one &= forest.weightTarget(weight) == forest.weightTarget(0);
            positive &= forest.weight(weight) >= 0;
        }
        return new ClassScores(
                forest.targets(), bases, transform, forest.targets() == 2 && one && weights > 0, positive);
    }

    /** How many classes there are. */
    public int classes() {
        return classes;
    }

    /** How many bases there are: none, one a class, or a single one for two classes. */
    public int bases() {
        return bases.length;
    }

    /** What is added to the score of one class. */
    public double base(int number) {
        return bases[number];
    }

    /** How scores are transformed. */
    public PostTransform transform() {
        return transform;
    }

    /** Whether there are two classes, and all weights are of one of them. */
    public boolean scoresOneOfTwo() {
        return scoresOneOfTwo;
    }

    /** Whether no weight is negative. */
    public boolean isPositive() {
        return isPositive;
    }

    /** Whether a class is meant by 1 and 0 rather than by its place in the list of labels. */
    public boolean hasPlainLabels() {
        return classes <= 2 && !scoresOneOfTwo;
    }

    /**
     * Computes the scores of one row.
     *
     * @param values receives the scores; at least 2 long
     * @return the class
     */
    int finish(ForestScores.Scores scores, long row, double[] values) {
        return classes > 2 ? finishMany(scores, row, values) : finishTwo(scores, row, values);
    }

    private int finishMany(ForestScores.Scores scores, long row, double[] values) {
        int best = -1;
        for (int i = 0; i < classes; i++) {
            boolean has = scores.has(row, i) || bases.length > 0;
            values[i] = scores.get(row, i);
            if (bases.length > 0) {
                values[i] = scores.round(values[i] + scores.round(bases[i]));
            }
            if (has && (best < 0 || values[i] > values[best])) {
                best = i;
            }
        }
        transform.apply(values, classes);
        return Math.max(best, 0);
    }

    private int finishTwo(ForestScores.Scores scores, long row, double[] values) {
        boolean hasSecond = classes == 2 && scores.has(row, 1);
        int count = classes == 2 ? 2 : 1;
        values[0] = scores.get(row, 0);
        values[1] = classes == 2 ? scores.get(row, 1) : 0;
        Second second = Second.ABSENT;
        if (bases.length == 2 && hasSecond) {
            values[1] = scores.round(scores.round(bases[1]) + values[0]);
            values[0] = -values[1];
        } else if (bases.length == 2) {
            values[1] = scores.round(values[1] + scores.round(bases[1]));
            values[0] = scores.round(values[0] + scores.round(bases[0]));
        } else {
            if (bases.length == 1) {
                values[0] = scores.round(values[0] + scores.round(bases[0]));
            } else if (classes == 2) {
                second = Second.OPPOSITE;
            }
            count = hasSecond ? 2 : 1;
        }
        double decisive = hasSecond ? values[1] : scores.has(row, 0) || classes == 1 ? values[0] : 0;
        if (count == 2) {
            values[0] = scores.has(row, 0) ? values[0] : 0;
            values[1] = hasSecond ? values[1] : 0;
        }
        boolean isSecond = decisive > (scoresOneOfTwo && isPositive ? 0.5 : 0);
        if (scoresOneOfTwo) {
            second = isPositive ? Second.COMPLEMENT : Second.OPPOSITE;
        }
        transform(values, count, second);
        return isSecond ? 1 : 0;
    }

    private void transform(double[] values, int count, Second second) {
        if (count == 2) {
            transform.apply(values, 2);
            return;
        }
        double score = values[0];
        values[1] = 0;
        if (transform == PostTransform.PROBIT) {
            transform.apply(values, 1);
        } else if (second == Second.COMPLEMENT) {
            transform.complete(score, values);
        } else if (second == Second.OPPOSITE) {
            boolean logistic = transform == PostTransform.LOGISTIC;
            values[0] = logistic ? PostTransform.logistic((float) -score) : -score;
            values[1] = logistic ? PostTransform.logistic((float) score) : score;
        }
    }
}
