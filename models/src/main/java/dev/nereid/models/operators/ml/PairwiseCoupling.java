package dev.nereid.models.operators.ml;

import java.util.Arrays;

/**
 * The probabilities of several classes from those of each pair, by the second method of Wu, Lin and Weng ("Probability
 * Estimates for Multi-class Classification by Pairwise Coupling", 2004), as LIBSVM does it. Has memory for one row at a
 * time: one object a run.
 */
final class PairwiseCoupling {
    private static final int MAXIMUM_ITERATIONS = 100;

    private final float[][] pairs;
    private final float[][] q;
    private final float[] p;
    private final float[] product;

    PairwiseCoupling(int classes) {
        this.pairs = new float[classes][classes];
        this.q = new float[classes][classes];
        this.p = new float[classes];
        this.product = new float[classes];
    }

    /** Sets the probability of class i where it is i or j, and with it that of j. */
    void pair(int i, int j, float probability) {
        pairs[i][j] = probability;
        pairs[j][i] = 1 - probability;
    }

    /**
     * Computes the probabilities from those of all pairs.
     *
     * @param probabilities receives one a class
     */
    void solve(double[] probabilities) {
        int classes = p.length;
        fillMatrix();
        Arrays.fill(p, 1f / classes);
        float tolerance = 0.005f / classes;
        for (int i = 0; i < MAXIMUM_ITERATIONS; i++) {
            float square = multiply();
            if (error(square) < tolerance) {
                break;
            }
            improve(square);
        }
        for (int i = 0; i < classes; i++) {
            probabilities[i] = p[i];
        }
    }

    private void fillMatrix() {
        int classes = p.length;
        for (int i = 0; i < classes; i++) {
            float diagonal = 0;
            for (int j = 0; j < classes; j++) {
                if (j != i) {
                    diagonal += pairs[j][i] * pairs[j][i];
                    q[i][j] = -pairs[j][i] * pairs[i][j];
                }
            }
            q[i][i] = diagonal;
        }
    }

    private float multiply() {
        float square = 0;
        for (int i = 0; i < p.length; i++) {
            float sum = 0;
            for (int j = 0; j < p.length; j++) {
                sum += q[i][j] * p[j];
            }
            product[i] = sum;
            square += p[i] * sum;
        }
        return square;
    }

    private float error(float square) {
        float largest = 0;
        for (float value : product) {
            largest = Math.max(largest, Math.abs(value - square));
        }
        return largest;
    }

    private void improve(float square) {
        float rest = square;
        for (int i = 0; i < p.length; i++) {
            float step = (rest - product[i]) / q[i][i];
            p[i] += step;
            // One division instead of two for each class: they take longer than everything else here.
            float inverse = 1 / (1 + step);
            rest = (rest + step * (step * q[i][i] + 2 * product[i])) * inverse * inverse;
            for (int j = 0; j < p.length; j++) {
                product[j] = (product[j] + step * q[i][j]) * inverse;
                p[j] *= inverse;
            }
        }
    }
}
