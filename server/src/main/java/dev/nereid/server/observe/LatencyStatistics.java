package dev.nereid.server.observe;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How the durations of one model's requests are distributed, as far as anybody asked. Any thread. */
final class LatencyStatistics {
    /** Upper bounds of the histogram in milliseconds, unless the model has its own. */
    static final List<Double> DEFAULT_BUCKETS = List.of(100.0, 500.0, 2000.0, 5000.0);

    /**
     * What summaries and histogram show at one moment.
     *
     * @param summaries for every latency, where there are summaries
     */
    record Snapshot(Map<Latency, Summary> summaries, Optional<HistogramCounter.Snapshot> firstResponse) {
        static final Snapshot NONE = new Snapshot(Map.of(), Optional.empty());
    }

    /**
     * A summary in microseconds.
     *
     * @param quantiles the quantile and its value, ascending
     */
    record Summary(long count, long sum, SortedMap<Double, Double> quantiles) {
        Summary {
            quantiles = Collections.unmodifiableSortedMap(new TreeMap<>(quantiles));
        }
    }

    private final LatencyConfig config;
    private final Map<Latency, RecentQuantiles> summaries = new EnumMap<>(Latency.class);
    private final Optional<HistogramCounter> firstResponse;

    LatencyStatistics(StatisticsOptions options, LongSupplier clock) {
        this.config = options.latencies();
        if (config.summaries()) {
            for (Latency latency : Latency.values()) {
                if (latency.isOf(options.cached())) {
                    summaries.put(latency, new RecentQuantiles(clock));
                }
            }
        }
        firstResponse = config.histograms()
                ? Optional.of(new HistogramCounter(options.firstResponseBuckets(), TimeUnit.MILLISECONDS.toNanos(1)))
                : Optional.empty();
    }

    void record(Latency latency, long nanos) {
        RecentQuantiles summary = summaries.get(latency);
        if (summary != null) {
            summary.record(TimeUnit.NANOSECONDS.toMicros(nanos));
        }
    }

    boolean timesFirstResponses() {
        return firstResponse.isPresent();
    }

    /** Counts whole milliseconds, as Triton does, so that their sum is a whole number too. */
    void recordFirstResponse(long nanos) {
        firstResponse.ifPresent(histogram -> histogram.record(nanos - nanos % TimeUnit.MILLISECONDS.toNanos(1)));
    }

    Snapshot snapshot() {
        Map<Latency, Summary> shown = new EnumMap<>(Latency.class);
        summaries.forEach((latency, summary) -> {
            SortedMap<Double, Double> quantiles = new TreeMap<>();
            config.quantiles().forEach(quantile -> quantiles.put(quantile, summary.quantile(quantile)));
            shown.put(latency, new Summary(summary.count(), summary.sum(), quantiles));
        });
        return new Snapshot(shown, firstResponse.map(HistogramCounter::snapshot));
    }
}
