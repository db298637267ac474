package dev.nereid.server.schedule.adaptive;

/**
 * Least squares of the relative error, over measurements that are forgotten little by little, with coefficients that
 * are not negative. Each step also holds on to the last solution, faintly: what lately told nothing about (batches that
 * were all of one size) stays where it was, while plain forgetting would let it drift.
 */
final class LinearFit {
    /** Weight of the last solution, beside that of the measurements. */
    private static final double INERTIA = 1e-4;

    private final int count;
    private final double keep;
    private final double[][] squares;
    private final double[] products;
    private final double[] coefficients;

    /** @param keep what a measurement still weighs when the next one comes */
    LinearFit(int count, double keep) {
        this.count = count;
        this.keep = keep;
        squares = new double[count][count];
        products = new double[count];
        coefficients = new double[count];
    }

    double coefficient(int index) {
        return coefficients[index];
    }

    double value(double[] variables) {
        double value = 0;
        for (int i = 0; i < count; i++) {
            value += coefficients[i] * variables[i];
        }
        return value;
    }

    /** Learns that these variables gave {@code value}, which is above 0. */
    void add(double[] variables, double value) {
        double weight = 1 / (value * value);
        for (int i = 0; i < count; i++) {
            products[i] = keep * products[i] + weight * variables[i] * value;
            for (int j = 0; j < count; j++) {
                squares[i][j] = keep * squares[i][j] + weight * variables[i] * variables[j];
            }
        }
        solve();
    }

    /** Solves for all coefficients, and anew without those that come out negative, until none does. */
    private void solve() {
        boolean[] used = new boolean[count];
        for (int i = 0; i < count; i++) {
            used[i] = squares[i][i] > 0;
        }
        while (true) {
            double[] solution = solution(used);
            int worst = -1;
            for (int i = 0; i < count; i++) {
                if (used[i] && solution[i] < 0 && (worst < 0 || scaled(solution, i) < scaled(solution, worst))) {
                    worst = i;
                }
            }
            if (worst < 0) {
                System.arraycopy(solution, 0, coefficients, 0, count);
                return;
            }
            used[worst] = false;
        }
    }

    private double scaled(double[] solution, int index) {
        return solution[index] * Math.sqrt(squares[index][index]);
    }

    /** Gaussian elimination without pivoting, which a positive definite matrix does not need. */
    private double[] solution(boolean[] used) {
        double[][] matrix = new double[count][count + 1];
        for (int i = 0; i < count; i++) {
            if (!used[i]) {
                matrix[i][i] = 1;
                continue;
            }
            // Every variable in units of its own size: tokens squared and the constant are far apart.
            double scale = 1 / Math.sqrt(squares[i][i]);
            for (int j = 0; j < count; j++) {
                matrix[i][j] = used[j] ? squares[i][j] * scale / Math.sqrt(squares[j][j]) : 0;
            }
            matrix[i][i] += INERTIA;
            matrix[i][count] = products[i] * scale + INERTIA * coefficients[i] / scale;
        }
        for (int pivot = 0; pivot < count; pivot++) {
            for (int row = pivot + 1; row < count; row++) {
                double factor = matrix[row][pivot] / matrix[pivot][pivot];
                for (int column = pivot; column <= count; column++) {
                    matrix[row][column] -= factor * matrix[pivot][column];
                }
            }
        }
        double[] solution = new double[count];
        for (int row = count - 1; row >= 0; row--) {
            double value = matrix[row][count];
            for (int column = row + 1; column < count; column++) {
                value -= matrix[row][column] * solution[column];
            }
            solution[row] = value / matrix[row][row];
        }
        for (int i = 0; i < count; i++) {
            if (used[i]) {
                solution[i] /= Math.sqrt(squares[i][i]);
            }
        }
        return solution;
    }
}
