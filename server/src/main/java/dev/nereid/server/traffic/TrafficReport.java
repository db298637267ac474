package dev.nereid.server.traffic;

import dev.nereid.server.traffic.Intervals.Interval;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The traffic of a model at one time: what is in force and what was measured, with confidence intervals at 95 %. Durations
 * are in microseconds.
 *
 * @param source where the document in force comes from: {@code model}, {@code client} or {@code none}
 * @param document the one in force, as JSON; empty where there is none
 * @param problem why the newest document is not in force; empty where it is
 */
public record TrafficReport(
        String model,
        String source,
        Optional<String> document,
        String problem,
        Map<String, Long> labels,
        List<Share> split,
        List<RouteReport> routes,
        List<VersionReport> versions,
        List<Comparison> comparisons,
        Optional<Rollback> rollback,
        List<Shadow> shadows) {
    public TrafficReport {
        labels = Map.copyOf(labels);
        split = List.copyOf(split);
        routes = List.copyOf(routes);
        versions = List.copyOf(versions);
        comparisons = List.copyOf(comparisons);
        shadows = List.copyOf(shadows);
    }

    /**
     * The version that may lose its traffic, or has.
     *
     * @param to the version that has the traffic then
     * @param reason why it has lost it; empty where it has not
     * @param time when it lost it
     */
    public record Rollback(long watched, long to, Optional<String> reason, Optional<Instant> time) {}

    /**
     * What became of the copies of requests that one version got beside the one that answered.
     *
     * @param dropped those that were not run because there was too much to do
     * @param disagreement of the answers that were compared; empty without such
     */
    public record Shadow(
            long version, long matches, long differences, long errors, long dropped, Optional<Estimate> disagreement) {}

    /** A part of the split: the share of the traffic is from 0 to 1. */
    public record Share(String to, long version, double weight, double share) {}

    /** An estimate with its interval; a bound is empty where so few requests give none. */
    public record Estimate(double value, OptionalDouble low, OptionalDouble high) {
        static Estimate of(Interval interval, double unit) {
            return new Estimate(
                    interval.estimate() / unit, scaled(interval.low(), unit), scaled(interval.high(), unit));
        }

        private static OptionalDouble scaled(OptionalDouble bound, double unit) {
            return bound.isPresent() ? OptionalDouble.of(bound.getAsDouble() / unit) : bound;
        }
    }

    /** What became of the requests that took one route. */
    public record RouteReport(long version, String route, long requests, long errors, long clientErrors) {}

    /**
     * What became of the requests that were sent to one version without naming it by its number.
     *
     * @param errors those that are the server's fault
     * @param errorRate of the requests that were no client's error; empty without such
     * @param p50 of those that were answered; empty without such
     */
    public record VersionReport(
            long version,
            List<String> labels,
            long requests,
            long errors,
            long clientErrors,
            Optional<Estimate> errorRate,
            Optional<Estimate> p50,
            Optional<Estimate> p99) {
        public VersionReport {
            labels = List.copyOf(labels);
        }
    }

    /**
     * A version beside the one with the most requests.
     *
     * @param errorRateDifference its error rate less the other one's
     * @param p50Ratio its median divided by the other one's
     */
    public record Comparison(
            long version,
            long baseline,
            Optional<Estimate> errorRateDifference,
            Optional<Estimate> p50Ratio,
            Optional<Estimate> p99Ratio) {}
}
