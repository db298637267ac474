package dev.nereid.server.observe;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The statistics of one model version at one moment, in the shape of Triton's answer.
 *
 * @param lastInferenceMillis epoch milliseconds of the latest execution; 0 for none
 * @param inferenceCount batch sizes of all computed requests added up
 * @param executionCount batches that the backend executed
 * @param queue counts every successful request, cache hits too
 * @param compute counts every successful request but cache hits
 * @param batches by total batch size, ascending; counts executions
 * @param responses of models whose backends tell them apart, by the response's index within its request, ascending; else empty
 * @param failures for every reason, also those that never occurred
 * @param pendingCount requests that wait in the queue
 * @param cached whether the model uses the response cache
 * @param scheduling what the scheduler did and why; only for the metrics
 * @param latencies how durations are distributed; only for the metrics
 */
public record StatisticsSnapshot(
        long lastInferenceMillis,
        long inferenceCount,
        long executionCount,
        Duration success,
        Duration fail,
        Duration queue,
        Compute compute,
        Duration cacheHit,
        Duration cacheMiss,
        SortedMap<Long, Compute> batches,
        SortedMap<Integer, Responses> responses,
        Map<ModelStatistics.FailureReason, Long> failures,
        long pendingCount,
        boolean cached,
        SchedulingStatistics.Snapshot scheduling,
        LatencyStatistics.Snapshot latencies) {
    public StatisticsSnapshot {
        batches = Collections.unmodifiableSortedMap(new TreeMap<>(batches));
        responses = Collections.unmodifiableSortedMap(new TreeMap<>(responses));
        failures = Map.copyOf(failures);
    }

    /** How often something happened, and the nanoseconds that all of it took. */
    public record Duration(long count, long nanos) {}

    /** The three parts of an execution. */
    public record Compute(Duration input, Duration infer, Duration output) {}

    /** The responses of one index: how they turned out, and the two parts of making those with a content. */
    public record Responses(
            Duration infer, Duration output, Duration success, Duration fail, Duration empty, Duration cancel) {}
}
