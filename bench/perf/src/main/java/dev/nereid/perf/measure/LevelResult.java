package dev.nereid.perf.measure;

import dev.nereid.perf.metrics.MetricRange;
import java.util.List;

/**
 * What came of one load level.
 *
 * @param level concurrency, or requests a second
 * @param verdict whether it counts
 * @param merged the last windows, which the summary is made of
 * @param windows all windows, for the record of single requests
 * @param overhead share of the threads' time that the generator was busy; 1 is all of it
 * @param metrics that the server showed meanwhile; empty where nobody asked for them
 */
public record LevelResult(
        double level,
        Verdict verdict,
        Summary summary,
        MeasurementWindow merged,
        List<MeasurementWindow> windows,
        double overhead,
        List<MetricRange> metrics) {
    /** How a measurement ended. */
    public enum Verdict {
        STABLE,
        /** Throughput was stable, latency was not: accepted for asynchronous loads. */
        LATENCY_UNSTABLE,
        UNSTABLE,
        /** Whoever watched wanted no more before it was stable: what there is counts, for there will be nothing better. */
        INTERRUPTED,
        /** The latency is above its limit. */
        OVER_LIMIT,
        /** No request was answered in the last windows. */
        SILENT
    }

    /** Whether the level has a result to be reported. */
    public boolean counts() {
        return verdict == Verdict.STABLE || verdict == Verdict.LATENCY_UNSTABLE || verdict == Verdict.INTERRUPTED;
    }

    /** The same with another verdict. */
    public LevelResult with(Verdict other) {
        return new LevelResult(level, other, summary, merged, windows, overhead, metrics);
    }

    /** The same with what the server showed meanwhile. */
    public LevelResult with(List<MetricRange> shown) {
        return new LevelResult(level, verdict, summary, merged, windows, overhead, shown);
    }
}
