package dev.nereid.bench.engine;

import java.util.Arrays;

/** What is made of a handful of measurements, one a process. */
public final class Statistics {
    /**
     * Where a median lies.
     *
     * @param coverage how probable it is that the true median lies between
     */
    public record Interval(double low, double high, double coverage) {}

    private static final double WANTED_COVERAGE = 0.9;

    private Statistics() {}

    public static double median(double... values) {
        double[] sorted = sorted(values);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * The narrowest pair of order statistics, as far from either end, that covers the median with 90 percent or more; of
     * fewer than five values the least and the greatest, which cover less. Assumes nothing of the distribution.
     */
    public static Interval ofMedian(double... values) {
        double[] sorted = sorted(values);
        int count = sorted.length;
        int cut = 0;
        while (2 * (cut + 1) < count && coverage(count, cut + 1) >= WANTED_COVERAGE) {
            cut++;
        }
        return new Interval(sorted[cut], sorted[count - 1 - cut], coverage(count, cut));
    }

    /** The probability that at most {@code cut} of {@code count} values lie below the median, nor above. */
    private static double coverage(int count, int cut) {
        double binomial = 1;
        double outside = 0;
        for (int below = 0; below <= cut; below++) {
            outside += binomial;
            binomial = binomial * (count - below) / (below + 1);
        }
        return 1 - 2 * outside * Math.pow(0.5, count);
    }

    /** How far the extremes are from each other, as a share of the median. */
    public static double spread(double... values) {
        double[] sorted = sorted(values);
        return (sorted[sorted.length - 1] - sorted[0]) / median(values);
    }

    public static double geometricMean(double... values) {
        return Math.exp(Arrays.stream(values).map(Math::log).average().orElse(Double.NaN));
    }

    private static double[] sorted(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }
}
