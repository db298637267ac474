package dev.nereid.server.traffic;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was measured of one route, as the metrics show it.
 *
 * @param errors those that are the server's fault
 * @param buckets upper bound in microseconds to the number of durations that do not exceed it, the last one infinite
 * @param sumMicros about the sum of the durations
 */
public record RouteMetrics(
        long version,
        String route,
        long requests,
        long errors,
        long clientErrors,
        SortedMap<Double, Long> buckets,
        double sumMicros) {
    private static final double NANOS_PER_MICRO = 1e3;

    /** About 65 us to 69 s. */
    private static final int FIRST_EXPONENT = 16;

    private static final int LAST_EXPONENT = 36;

    public RouteMetrics {
        buckets = Collections.unmodifiableSortedMap(new TreeMap<>(buckets));
    }

    /** How many durations the buckets hold. */
    public long durations() {
        return buckets.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    static RouteMetrics of(Route route, RouteStatistics.Snapshot counts) {
        SortedMap<Double, Long> buckets = new TreeMap<>();
        for (int exponent = FIRST_EXPONENT; exponent <= LAST_EXPONENT; exponent++) {
            buckets.put((1L << exponent) / NANOS_PER_MICRO, counts.latency().below(exponent));
        }
        buckets.put(Double.POSITIVE_INFINITY, counts.latency().total());
        return new RouteMetrics(
                route.version(),
                route.reason(),
                counts.requests(),
                counts.errors(),
                counts.clientErrors(),
                buckets,
                counts.latency().sumNanos() / NANOS_PER_MICRO);
    }
}
