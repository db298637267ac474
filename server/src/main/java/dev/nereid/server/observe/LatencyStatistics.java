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

/** How the durations of one model's requests are distributed; Triton's kinds where they are asked for. Any thread. */
final class LatencyStatistics {
    /** Upper bounds of the histogram in milliseconds, unless the model has its own. */
    static final List<Double> DEFAULT_BUCKETS = List.of(100.0, 500.0, 2000.0, 5000.0);

    /** Upper bounds of the histograms that every model has, in microseconds. */
    private static final List<Double> BUCKETS =
            List.of(100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 2.5e4, 5e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 1e7);

    /**
     * What summaries and histograms show at one moment. Histograms of requests and of the queue count those that ran or were
     * answered from the cache, that of computing those that ran.
     *
     * @param summaries for every latency, where there are summaries
     * @param request from arrival to answer, in microseconds, as the two that follow
     * @param compute of the batch that a request ran in
     * @param firstResponse in milliseconds
     */
    record Snapshot(
            Map<Latency, Summary> summaries,
            HistogramCounter.Snapshot request,
            HistogramCounter.Snapshot queue,
            HistogramCounter.Snapshot compute,
            Optional<HistogramCounter.Snapshot> firstResponse) {}

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
    private final HistogramCounter requests = histogram();
    private final HistogramCounter queue = histogram();
    private final HistogramCounter compute = histogram();
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

    private static HistogramCounter histogram() {
        return new HistogramCounter(BUCKETS, TimeUnit.MICROSECONDS.toNanos(1));
    }

    /** Counts a request that ran. */
    void recordRun(long totalNanos, long queueNanos, ModelStatistics.ComputeTimes times) {
        recordAnswer(totalNanos, queueNanos);
        compute.record(times.totalNanos());
        record(Latency.COMPUTE_INPUT, times.computeInputNanos());
        record(Latency.COMPUTE_INFER, times.computeInferNanos());
        record(Latency.COMPUTE_OUTPUT, times.computeOutputNanos());
    }

    /** Counts a request that the cache answered. */
    void recordCacheHit(long totalNanos, long queueNanos, long lookupNanos) {
        recordAnswer(totalNanos, queueNanos);
        record(Latency.CACHE_HIT, lookupNanos);
    }

    /** Counts the look-up and insertion of a request that ran. */
    void recordCacheMiss(long nanos) {
        record(Latency.CACHE_MISS, nanos);
    }

    private void recordAnswer(long totalNanos, long queueNanos) {
        requests.record(totalNanos);
        queue.record(queueNanos);
        record(Latency.REQUEST, totalNanos);
        record(Latency.QUEUE, queueNanos);
    }

    private void record(Latency latency, long nanos) {
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
        return new Snapshot(
                shown,
                requests.snapshot(),
                queue.snapshot(),
                compute.snapshot(),
                firstResponse.map(HistogramCounter::snapshot));
    }
}
