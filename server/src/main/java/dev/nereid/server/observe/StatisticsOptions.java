package dev.nereid.server.observe;

import java.util.List;
import java.util.Objects;

/**
 * What is counted of one model beyond what is counted of every one. Immutable.
 *
 * @param decoupled whether requests may have any number of responses, of which the first is timed then
 * @param responses whether the responses of a request are counted one by one
 * @param cached whether the model uses the response cache
 * @param firstResponseBuckets upper bounds in milliseconds of the histogram of the time to the first response
 */
public record StatisticsOptions(
        boolean decoupled,
        boolean responses,
        boolean cached,
        LatencyConfig latencies,
        List<Double> firstResponseBuckets) {
    public StatisticsOptions {
        Objects.requireNonNull(latencies, "latencies");
        firstResponseBuckets =
                List.copyOf(firstResponseBuckets.isEmpty() ? LatencyStatistics.DEFAULT_BUCKETS : firstResponseBuckets);
    }

    /** The options of a model with Triton's default metrics. */
    public static StatisticsOptions of(boolean decoupled) {
        return new StatisticsOptions(decoupled, decoupled, false, LatencyConfig.DEFAULT, List.of());
    }
}
