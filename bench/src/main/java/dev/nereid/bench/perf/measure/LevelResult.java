package dev.nereid.bench.perf.measure;

import java.util.List;

/**
 * What came of one load level.
 *
 * @param level concurrency, or requests a second
 * @param verdict whether it counts
 * @param merged the last windows, which the summary is made of
 * @param windows all windows, for the record of single requests
 */
public record LevelResult(double level, Verdict verdict, Summary summary, Window merged, List<Window> windows) {
    /** How a measurement ended. */
    public enum Verdict {
        STABLE,
        /** Throughput was stable, latency was not: accepted for asynchronous loads. */
        LATENCY_UNSTABLE,
        UNSTABLE,
        /** The latency is above its limit. */
        OVER_LIMIT,
        /** No request was answered in the last windows. */
        SILENT
    }

    /** Whether the level has a result to be reported. */
    public boolean counts() {
        return verdict == Verdict.STABLE || verdict == Verdict.LATENCY_UNSTABLE;
    }
}
