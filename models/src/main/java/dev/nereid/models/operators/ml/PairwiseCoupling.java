package dev.nereid.models.operators.ml;

/**
 * The probabilities of several classes from those of each pair, by the second method of Wu, Lin and Weng ("Probability
 * Estimates for Multi-class Classification by Pairwise Coupling", 2004), as LIBSVM does it.
 */
final class PairwiseCoupling {
    private static final int MAXIMUM_ITERATIONS = 100;

    private PairwiseCoupling() {}

    /**
     * Computes the probabilities.
     *
     * @param pairs {@code pairs[i][j]} is the probability of class i where it is i or j
     * @param probabilities receives one a class
     */
    static void probabilities(float[][] pairs, double[] probabilities) {
        int classes = pairs.length;
        float[][] q = matrix(pairs);
        float[] p = new float[classes];
        java.util.Arrays.fill(p, 1f / classes);
        float[] product = new float[classes];
        float tolerance = 0.005f / classes;
        for (int i = 0; i < MAXIMUM_ITERATIONS; i++) {
            float square = multiply(q, p, product);
            if (error(product, square) < tolerance) {
                break;
            }
            improve(q, p, product, square);
        }
        for (int i = 0; i < classes; i++) {
            probabilities[i] = p[i];
        }
    }

    private static float[][] matrix(float[][] pairs) {
        int classes = pairs.length;
        float[][] q = new float[classes][classes];
        for (int i = 0; i < classes; i++) {
            for (int j = 0; j < classes; j++) {
                if (j != i) {
                    q[i][i] += pairs[j][i] * pairs[j][i];
                    q[i][j] = -pairs[j][i] * pairs[i][j];
                }
            }
        }
        return q;
    }

    private static float multiply(float[][] q, float[] p, float[] product) {
        float square = 0;
        for (int i = 0; i < p.length; i++) {
            product[i] = 0;
            for (int j = 0; j < p.length; j++) {
                product[i] += q[i][j] * p[j];
            }
            square += p[i] * product[i];
        }
        return square;
    }

    private static float error(float[] product, float square) {
        float largest = 0;
        for (float value : product) {
            largest = Math.max(largest, Math.abs(value - square));
        }
        return largest;
    }

    private static void improve(float[][] q, float[] p, float[] product, float square) {
        float rest = square;
        for (int i = 0; i < p.length; i++) {
            float step = (rest - product[i]) / q[i][i];
            p[i] += step;
            rest = (rest + step * (step * q[i][i] + 2 * product[i])) / (1 + step) / (1 + step);
            for (int j = 0; j < p.length; j++) {
                product[j] = (product[j] + step * q[i][j]) / (1 + step);
                p[j] /= 1 + step;
            }
        }
    }
}
