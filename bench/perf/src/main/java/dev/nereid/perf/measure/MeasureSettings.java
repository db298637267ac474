package dev.nereid.perf.measure;

/**
 * How a load level is measured.
 *
 * @param countWindows whether a window ends after a number of requests, not after a time
 * @param intervalMillis nominal length of a window of time
 * @param requestCount requests that end a window of requests
 * @param stability percent by which the last windows may differ
 * @param maxTrials windows after which an unstable level is given up
 * @param percentile that is judged in place of the mean; not above 0 for the mean
 * @param latencyLimitMicros above which a level does not count; 0 for none
 * @param throughputOnly whether stable throughput is enough
 * @param threads that may send and receive at a time
 */
public record MeasureSettings(
        boolean countWindows,
        long intervalMillis,
        int requestCount,
        double stability,
        int maxTrials,
        double percentile,
        long latencyLimitMicros,
        int batch,
        boolean throughputOnly,
        int threads) {}
