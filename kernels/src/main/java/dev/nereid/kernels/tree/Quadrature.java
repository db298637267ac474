package dev.nereid.kernels.tree;

/**
 * Gauss-Legendre quadrature over [0, 1]: the integral of a polynomial is the sum of its values at some points, each times a
 * weight. Immutable.
 */
final class Quadrature {
    private static final int MOST_STEPS = 100;
    private static final double CLOSE = 1e-15;

    private final double[] points;
    private final double[] weights;

    private Quadrature(int count) {
        points = new double[count];
        weights = new double[count];
        for (int i = 0; i < count; i++) {
            // Newton's method for a root of the Legendre polynomial over [-1, 1], from a close guess.
            double x = Math.cos(Math.PI * (i + 0.75) / (count + 0.5));
            double slope = slope(count, x);
            for (int step = 0; step < MOST_STEPS; step++) {
                double change = legendre(count, x) / slope;
                x -= change;
                slope = slope(count, x);
                if (Math.abs(change) <= CLOSE) {
                    break;
                }
            }
            points[i] = (1 + x) / 2;
            weights[i] = 1 / ((1 - x * x) * slope * slope);
        }
    }

    /** One that is exact for polynomials up to a degree. */
    static Quadrature ofDegree(int degree) {
        return new Quadrature(degree / 2 + 1);
    }

    int points() {
        return points.length;
    }

    /** A point, inside (0, 1). */
    double point(int index) {
        return points[index];
    }

    double weight(int index) {
        return weights[index];
    }

    private static double legendre(int degree, double x) {
        double previous = 1;
        double value = x;
        for (int i = 2; i <= degree; i++) {
            double next = ((2 * i - 1) * x * value - (i - 1) * previous) / i;
            previous = value;
            value = next;
        }
        return value;
    }

    private static double slope(int degree, double x) {
        double before = degree == 1 ? 1 : legendre(degree - 1, x);
        return degree * (before - x * legendre(degree, x)) / (1 - x * x);
    }
}
