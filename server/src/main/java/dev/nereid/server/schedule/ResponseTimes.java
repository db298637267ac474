package dev.nereid.server.schedule;

import dev.nereid.server.observe.ResponseStatistics;

/**
 * The times between the responses of one request of a decoupled model. A response begins where the one before ended,
 * the first where the execution began; its output begins where the backend last said that the model is done. Used by
 * one thread at a time.
 */
final class ResponseTimes {
    private final ResponseStatistics statistics;
    private long startNanos;
    private long outputNanos;
    private boolean inferDone;
    private int index;

    ResponseTimes(ResponseStatistics statistics, long startNanos) {
        this.statistics = statistics;
        this.startNanos = startNanos;
    }

    void inferDone(long nowNanos) {
        inferDone = true;
        outputNanos = nowNanos;
    }

    /** Counts a response, or the end of all, that is made now. */
    void record(ResponseStatistics.Outcome outcome, long nowNanos) {
        long output = inferDone ? outputNanos : nowNanos;
        statistics.record(index++, outcome, output - startNanos, nowNanos - output);
        startNanos = nowNanos;
        inferDone = false;
    }
}
