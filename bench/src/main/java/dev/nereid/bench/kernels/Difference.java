package dev.nereid.bench.kernels;

/** How far a result is from the oracle's. */
final class Difference {
    private Difference() {}

    /**
     * The largest difference of two elements as a share of the largest element of the oracle; infinite where lengths differ
     * or a NaN has no counterpart.
     */
    static double largest(double[] result, double[] oracle) {
        if (result.length != oracle.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        double size = 0;
        for (int i = 0; i < oracle.length; i++) {
            if (Double.compare(result[i], oracle[i]) != 0) {
                double difference = Math.abs(result[i] - oracle[i]);
                largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
            }
            size = Math.max(size, Math.abs(oracle[i]));
        }
        return largest == 0 ? 0 : largest / size;
    }
}
