package dev.nereid.server.traffic;

import java.util.OptionalDouble;

/**
 * Confidence intervals: Wilson's for rates, Newcombe's for differences of rates, and by order statistics for quantiles, which
 * assume nothing about the distribution.
 */
final class Intervals {
    /** The two-sided 95 % quantile of the normal distribution. */
    static final double Z_95 = 1.959963984540054;

    /** 97.5 %: two intervals of this level hold together at 95 %. */
    static final double Z_97_5 = 2.241402727604947;

    /** Up to here binomial probabilities are added up, beyond they are as good as normal. */
    private static final long MOST_EXACT = 20_000;

    private Intervals() {}

    /** An interval and the estimate within; a bound is empty where the data give none. */
    record Interval(double estimate, OptionalDouble low, OptionalDouble high) {
        static Interval of(double estimate, double low, double high) {
            return new Interval(estimate, OptionalDouble.of(low), OptionalDouble.of(high));
        }
    }

    /** A rate by Wilson's score interval at 95 %. {@code total} is above 0. */
    static Interval rate(long count, long total) {
        double rate = (double) count / total;
        double z2 = Z_95 * Z_95 / total;
        double middle = (rate + z2 / 2) / (1 + z2);
        double half = Z_95 / (1 + z2) * Math.sqrt(rate * (1 - rate) / total + z2 / (4.0 * total));
        return Interval.of(
                rate, count == 0 ? 0 : Math.max(middle - half, 0), count == total ? 1 : Math.min(middle + half, 1));
    }

    /** The first rate less the second, by Newcombe's score interval at 95 %. */
    static Interval difference(Interval first, Interval second) {
        double difference = first.estimate() - second.estimate();
        double down = Math.hypot(
                first.estimate() - first.low().orElse(0), second.high().orElse(1) - second.estimate());
        double up = Math.hypot(
                first.high().orElse(1) - first.estimate(),
                second.estimate() - second.low().orElse(0));
        return Interval.of(difference, difference - down, difference + up);
    }

    /**
     * A quantile in nanoseconds, by order statistics. The estimate is the middle of its bucket; the bounds are those of
     * buckets. The bounds are empty where so few durations give none.
     *
     * @param z of the level
     */
    static Interval quantile(LatencyHistogram.Snapshot durations, double quantile, double z) {
        long total = durations.total();
        long rank = Math.clamp((long) Math.ceil(quantile * total), 1, total);
        double tail = tail(z);
        long low = lowRank(total, quantile, tail, z);
        long high = total + 1 - lowRank(total, 1 - quantile, tail, z);
        return new Interval(
                durations.atRank(rank).middle(),
                low < 1
                        ? OptionalDouble.empty()
                        : OptionalDouble.of((double) durations.atRank(low).low()),
                high > total
                        ? OptionalDouble.empty()
                        : OptionalDouble.of((double) durations.atRank(high).high()));
    }

    private static double tail(double z) {
        return z == Z_95 ? 0.025 : 0.0125;
    }

    /**
     * The highest rank of which the duration exceeds the quantile with no more than the tail's probability; 0 where there
     * is none. The duration of rank r exceeds the quantile if fewer than r durations are below it.
     */
    private static long lowRank(long total, double quantile, double tail, double z) {
        if (total > MOST_EXACT) {
            double mean = total * quantile;
            return Math.max((long) Math.floor(mean - z * Math.sqrt(mean * (1 - quantile)) - 0.5), 0);
        }
        double logRest = Math.log1p(-quantile);
        double logOdds = Math.log(quantile) - logRest;
        double logProbability = total * logRest;
        double sum = 0;
        for (long below = 0; below < total; below++) {
            sum += Math.exp(logProbability);
            if (sum > tail) {
                return below;
            }
            logProbability += Math.log((double) (total - below) / (below + 1)) + logOdds;
        }
        return total;
    }

    /** The first quantile divided by the second; both intervals at 97.5 %, the result at 95 %. */
    static Interval ratio(Interval first, Interval second) {
        OptionalDouble low = first.low().isPresent() && second.high().isPresent()
                ? OptionalDouble.of(first.low().getAsDouble() / second.high().getAsDouble())
                : OptionalDouble.empty();
        OptionalDouble high = first.high().isPresent()
                        && second.low().isPresent()
                        && second.low().getAsDouble() > 0
                ? OptionalDouble.of(first.high().getAsDouble() / second.low().getAsDouble())
                : OptionalDouble.empty();
        return new Interval(first.estimate() / second.estimate(), low, high);
    }
}
