package dev.nereid.server.traffic;

import dev.nereid.server.traffic.Intervals.Interval;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches one version beside another and, once, takes its traffic away: when too many of its requests fail, or its 99th
 * percentile is too long, compared with the other version in the same window. Any thread.
 */
final class RollbackWatch {
    private static final double P99 = 0.99;

    /** How often a window is looked at. */
    private static final int LOOKS = 20;

    private static final Logger LOG = LoggerFactory.getLogger(RollbackWatch.class);

    /**
     * That it has tripped.
     *
     * @param atNanos as the clock of the watch tells it
     */
    record Trip(String reason, Instant time, long atNanos) {}

    private final String model;
    private final TrafficConfig.Rollback config;
    private final long watched;
    private final long stable;
    private final Map<Long, VersionWindow> windows;
    private final long pauseNanos;
    private final AtomicLong nextLook = new AtomicLong(Long.MIN_VALUE);
    private final AtomicReference<Optional<Trip>> trip = new AtomicReference<>(Optional.empty());

    /**
     * A watch that has not tripped.
     *
     * @param watched the version that may lose its traffic
     * @param stable the version that it is compared with, and that gets the traffic
     */
    RollbackWatch(String model, TrafficConfig.Rollback config, long watched, long stable) {
        this.model = model;
        this.config = config;
        this.watched = watched;
        this.stable = stable;
        long nanos = config.window().toNanos();
        this.windows = Map.of(watched, new VersionWindow(nanos), stable, new VersionWindow(nanos));
        this.pauseNanos = nanos / LOOKS;
    }

    TrafficConfig.Rollback config() {
        return config;
    }

    long watched() {
        return watched;
    }

    long stable() {
        return stable;
    }

    Optional<Trip> trip() {
        return trip.get();
    }

    TrafficReport.Rollback report() {
        Optional<Trip> tripped = trip();
        return new TrafficReport.Rollback(watched, stable, tripped.map(Trip::reason), tripped.map(Trip::time));
    }

    /** Counts a request that has ended; it may be the one that trips. */
    void record(long version, Outcome outcome, long nanos, long now) {
        VersionWindow window = windows.get(version);
        if (window == null || trip.get().isPresent()) {
            return;
        }
        window.record(outcome, nanos, now);
        long due = nextLook.get();
        if ((due == Long.MIN_VALUE || now - due >= 0) && nextLook.compareAndSet(due, now + pauseNanos)) {
            look(now);
        }
    }

    private void look(long now) {
        RouteStatistics.Snapshot candidate = window(watched).snapshot(now);
        RouteStatistics.Snapshot baseline = window(stable).snapshot(now);
        long requests = candidate.requests() - candidate.clientErrors();
        if (requests < config.minRequests()) {
            return;
        }
        Optional<String> reason = errors(candidate, baseline, requests).or(() -> latency(candidate, baseline));
        reason.ifPresent(text -> {
            Trip tripped = new Trip(text, Instant.now(), now);
            if (trip.compareAndSet(Optional.empty(), Optional.of(tripped))) {
                LOG.warn(
                        "rollback of model '{}': version {} gets no more traffic, version {} has it: {}",
                        model,
                        watched,
                        stable,
                        text);
                TrafficAudit.rollback(model, watched, stable, text);
            }
        });
    }

    private VersionWindow window(long version) {
        VersionWindow window = windows.get(version);
        if (window == null) {
            throw new IllegalArgumentException("version " + version);
        }
        return window;
    }

    /** Too many errors, and more than of the other version: what fails there too is not the new version's fault. */
    private Optional<String> errors(
            RouteStatistics.Snapshot candidate, RouteStatistics.Snapshot baseline, long requests) {
        if (config.maxErrorRate().isEmpty()) {
            return Optional.empty();
        }
        double most = config.maxErrorRate().getAsDouble();
        double rate = (double) candidate.errors() / requests;
        long others = baseline.requests() - baseline.clientErrors();
        double other = others > 0 ? (double) baseline.errors() / others : 0;
        return rate > most && rate > other
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "%d of %d requests failed (%.2f %%, at most %.2f %% may), of version %d %.2f %%",
                        candidate.errors(),
                        requests,
                        100 * rate,
                        100 * most,
                        stable,
                        100 * other))
                : Optional.empty();
    }

    /** The lower bound of the percentile is compared, so that a few slow requests of a small window do not trip. */
    private Optional<String> latency(RouteStatistics.Snapshot candidate, RouteStatistics.Snapshot baseline) {
        if (config.maxP99Ratio().isEmpty()
                || candidate.latency().total() < config.minRequests()
                || baseline.latency().total() < config.minRequests()) {
            return Optional.empty();
        }
        double most = config.maxP99Ratio().getAsDouble();
        Interval slow = Intervals.quantile(candidate.latency(), P99, Intervals.Z_95);
        Interval fast = Intervals.quantile(baseline.latency(), P99, Intervals.Z_95);
        return slow.low().orElse(0) > most * fast.estimate()
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "p99 is %.2f ms, %.2f times that of version %d (%.2f ms; at most %.2f times are allowed)",
                        slow.estimate() / 1e6,
                        slow.estimate() / fast.estimate(),
                        stable,
                        fast.estimate() / 1e6,
                        most))
                : Optional.empty();
    }
}
