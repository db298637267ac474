package dev.nereid.server.observe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
    record Snapshot(Map<Latency, Summary> summaries, Optional<Histogram> firstResponse) {
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

    /**
     * A histogram in milliseconds.
     *
     * @param buckets upper bound to the number of values that do not exceed it, ascending; the last bound is infinite
     */
    record Histogram(long count, double sum, SortedMap<Double, Long> buckets) {
        Histogram {
            buckets = Collections.unmodifiableSortedMap(new TreeMap<>(buckets));
        }
    }

    private final LatencyConfig config;
    private final Map<Latency, RecentQuantiles> summaries = new EnumMap<>(Latency.class);
    private final List<Double> bounds;
    private final List<LongAdder> buckets = new ArrayList<>();
    private final LongAdder firstResponseNanos = new LongAdder();

    LatencyStatistics(StatisticsOptions options, LongSupplier clock) {
        this.config = options.latencies();
        if (config.summaries()) {
            for (Latency latency : Latency.values()) {
                if (latency.isOf(options.cached())) {
                    summaries.put(latency, new RecentQuantiles(clock));
                }
            }
        }
        bounds = options.firstResponseBuckets().stream().sorted().distinct().toList();
        if (options.decoupled() && config.histograms()) {
            for (int i = 0; i <= bounds.size(); i++) {
                buckets.add(new LongAdder());
            }
        }
    }

    void record(Latency latency, long nanos) {
        RecentQuantiles summary = summaries.get(latency);
        if (summary != null) {
            summary.record(TimeUnit.NANOSECONDS.toMicros(nanos));
        }
    }

    void recordFirstResponse(long nanos) {
        if (buckets.isEmpty()) {
            return;
        }
        int bucket = 0;
        while (bucket < bounds.size() && nanos > bounds.get(bucket) * TimeUnit.MILLISECONDS.toNanos(1)) {
            bucket++;
        }
        buckets.get(bucket).increment();
        firstResponseNanos.add(nanos);
    }

    Snapshot snapshot() {
        Map<Latency, Summary> shown = new EnumMap<>(Latency.class);
        summaries.forEach((latency, summary) -> {
            SortedMap<Double, Double> quantiles = new TreeMap<>();
            config.quantiles().forEach(quantile -> quantiles.put(quantile, summary.quantile(quantile)));
            shown.put(latency, new Summary(summary.count(), summary.sum(), quantiles));
        });
        return new Snapshot(shown, buckets.isEmpty() ? Optional.empty() : Optional.of(histogram()));
    }

    private Histogram histogram() {
        SortedMap<Double, Long> counts = new TreeMap<>();
        long total = 0;
        for (int i = 0; i < buckets.size(); i++) {
            total += buckets.get(i).sum();
            counts.put(i < bounds.size() ? bounds.get(i) : Double.POSITIVE_INFINITY, total);
        }
        double millis = (double) firstResponseNanos.sum() / TimeUnit.MILLISECONDS.toNanos(1);
        return new Histogram(total, millis, counts);
    }
}
