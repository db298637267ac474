package dev.nereid.perf.compare;

import dev.nereid.perf.measure.Summary;
import java.util.function.ToDoubleFunction;

/** What two servers are compared in. */
// The functions of a quantity keep no state.
@SuppressWarnings("ImmutableEnumChecker")
public enum Quantity {
    THROUGHPUT("Throughput", "infer/sec", true, Summary::throughput),
    AVERAGE("Avg latency", "usec", false, Summary::average),
    P50("p50 latency", "usec", false, summary -> summary.percentile(50.0)),
    P90("p90 latency", "usec", false, summary -> summary.percentile(90.0)),
    P95("p95 latency", "usec", false, summary -> summary.percentile(95.0)),
    P99("p99 latency", "usec", false, summary -> summary.percentile(99.0)),
    P999("p99.9 latency", "usec", false, summary -> summary.percentile(99.9)),
    P9999("p99.99 latency", "usec", false, summary -> summary.percentile(99.99));

    private final String title;
    private final String unit;
    private final boolean moreIsBetter;
    private final ToDoubleFunction<Summary> figure;

    Quantity(String title, String unit, boolean moreIsBetter, ToDoubleFunction<Summary> figure) {
        this.title = title;
        this.unit = unit;
        this.moreIsBetter = moreIsBetter;
        this.figure = figure;
    }

    public String title() {
        return title;
    }

    public String unit() {
        return unit;
    }

    public boolean moreIsBetter() {
        return moreIsBetter;
    }

    /** The figure of some windows. */
    public double of(Summary summary) {
        return figure.applyAsDouble(summary);
    }
}
