package dev.nereid.perf.measure;

/**
 * MLPerf's rule of how many requests a run needs before it proves that a share of them meets a limit: with {@code t}
 * requests over the limit there must be so many others that a server which only just fails would show so few with a
 * probability of at most one percent.
 */
public final class EarlyStopping {
    private static final double CONFIDENCE = 0.99;

    private EarlyStopping() {}

    /**
     * Requests that a run needs in all.
     *
     * @param over how many were over the limit
     * @param percentile share in percent that has to be within it: above 0, below 100
     */
    public static long needed(long over, double percentile) {
        double miss = 1 - percentile / 100;
        long low = 0;
        long high = 1;
        while (probability(over, high + over, miss) > 1 - CONFIDENCE) {
            low = high;
            high *= 2;
        }
        while (high - low > 1) {
            long middle = (low + high) / 2;
            if (probability(over, middle + over, miss) > 1 - CONFIDENCE) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high + over;
    }

    /** Whether {@code all} requests with {@code over} of them over the limit prove enough. */
    public static boolean passes(long all, long over, double percentile) {
        return all > over && all >= needed(over, percentile);
    }

    /** The probability of at most {@code most} events in {@code trials} of probability {@code p} each. */
    private static double probability(long most, long trials, double p) {
        double term = trials * Math.log1p(-p);
        double odds = Math.log(p) - Math.log1p(-p);
        double sum = Math.exp(term);
        for (long i = 0; i < Math.min(most, trials); i++) {
            term += Math.log((double) (trials - i) / (i + 1)) + odds;
            sum += Math.exp(term);
        }
        return Math.min(1, sum);
    }
}
