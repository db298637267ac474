package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.List;

/**
 * What becomes of the scores of a row, ONNX's {@code post_transform}. Computed in float32 whatever the scores' type, as
 * ONNX Runtime does.
 */
public enum PostTransform {
    NONE,
    SOFTMAX {
        @Override
        void apply(double[] scores, int count) {
            float highest = highest(scores, count);
            float sum = 0;
            for (int i = 0; i < count; i++) {
                float power = exp((float) scores[i] - highest);
                scores[i] = power;
                sum += power;
            }
            divide(scores, count, sum);
        }
    },
    LOGISTIC {
        @Override
        void apply(double[] scores, int count) {
            for (int i = 0; i < count; i++) {
                scores[i] = logistic((float) scores[i]);
            }
        }
    },
    /** As {@link #SOFTMAX}, but a score of about 0 means that the class is out of the question. */
    SOFTMAX_ZERO {
        @Override
        void apply(double[] scores, int count) {
            float highest = highest(scores, count);
            float scale = exp(-highest);
            float sum = 0;
            for (int i = 0; i < count; i++) {
                float score = (float) scores[i];
                if (Math.abs(score) > ABOUT_ZERO) {
                    scores[i] = exp(score - highest);
                    sum += (float) scores[i];
                } else {
                    scores[i] = score * scale;
                }
            }
            divide(scores, count, sum);
        }
    },
    PROBIT {
        @Override
        void apply(double[] scores, int count) {
            for (int i = 0; i < count; i++) {
                scores[i] = probit((float) scores[i]);
            }
        }
    };

    /** By the numbers of TreeEnsemble. */
    static final List<PostTransform> BY_NUMBER = List.of(NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO, PROBIT);

    private static final float ABOUT_ZERO = 1e-7f;
    private static final float SQUARE_ROOT_OF_TWO = 1.4142135f;
    private static final float PI = 3.14159f;
    private static final float WINITZKI = 0.147f;

    /** The transform that the node's attribute {@code post_transform} names. */
    static PostTransform of(Attributes attributes) {
        String name = attributes.text("post_transform", "NONE");
        for (PostTransform transform : values()) {
            if (transform.name().equals(name)) {
                return transform;
            }
        }
        throw new ModelFormatException("attribute 'post_transform': expected one of "
                + java.util.Arrays.toString(values()) + ", got '" + name + "'");
    }

    /** Transforms the first {@code count} scores. */
    void apply(double[] scores, int count) {}

    /**
     * Makes the scores of two classes from that of the second one alone, by ONNX Runtime's rules: probabilities that
     * add up to 1 and of which only {@link #LOGISTIC} makes others.
     *
     * @param score of the second class; not for {@link #PROBIT}
     * @param scores receives both
     */
    void complete(double score, double[] scores) {
        scores[0] = this == LOGISTIC ? logistic((float) -score) : 1 - score;
        scores[1] = this == LOGISTIC ? logistic((float) score) : score;
    }

    static float logistic(float value) {
        float upper = 1 / (1 + exp(-Math.abs(value)));
        return value < 0 ? 1 - upper : upper;
    }

    static float probit(float value) {
        return SQUARE_ROOT_OF_TWO * inverseErrorFunction(2 * value - 1);
    }

    /** Winitzki's approximation. */
    private static float inverseErrorFunction(float x) {
        float logarithm = (float) Math.log((1 - x) * (1 + x));
        float half = 2 / (PI * WINITZKI) + 0.5f * logarithm;
        float root = -half + (float) Math.sqrt(half * half - 1 / WINITZKI * logarithm);
        return (x < 0 ? -1f : 1f) * (float) Math.sqrt(root);
    }

    private static float exp(float value) {
        return (float) Math.exp(value);
    }

    private static float highest(double[] scores, int count) {
        float highest = -Float.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            highest = (float) scores[i] > highest ? (float) scores[i] : highest;
        }
        return highest;
    }

    private static void divide(double[] scores, int count, float sum) {
        for (int i = 0; i < count; i++) {
            scores[i] = (float) scores[i] / sum;
        }
    }
}
