package dev.nereid.server.traffic;

import java.util.concurrent.atomic.LongAdder;

/** What became of the requests of one route. Any thread. */
final class RouteStatistics {
    private final LongAdder requests = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder clientErrors = new LongAdder();
    private final LatencyHistogram latency = new LatencyHistogram();

    /** @param nanos from the decision to the end of the answer */
    void record(Outcome outcome, long nanos) {
        requests.increment();
        switch (outcome) {
            case SUCCESS -> latency.record(nanos);
            case CLIENT_ERROR -> clientErrors.increment();
            case SERVER_ERROR -> errors.increment();
        }
    }

    Snapshot snapshot() {
        return new Snapshot(requests.sum(), errors.sum(), clientErrors.sum(), latency.snapshot());
    }

    /**
     * The counts at one time.
     *
     * @param errors that are the server's fault
     * @param latency of those that were answered without an error
     */
    record Snapshot(long requests, long errors, long clientErrors, LatencyHistogram.Snapshot latency) {
        static final Snapshot NONE = new Snapshot(0, 0, 0, LatencyHistogram.Snapshot.sum());

        Snapshot plus(Snapshot other) {
            return new Snapshot(
                    requests + other.requests,
                    errors + other.errors,
                    clientErrors + other.clientErrors,
                    latency.plus(other.latency));
        }
    }
}
