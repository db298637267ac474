package dev.nereid.server.schedule.sequence;

import dev.nereid.server.protocol.CorrelationId;
import java.util.ArrayList;
import java.util.List;

/** The requests of one id that wait for a slot. Under the scheduler's lock. */
final class BacklogEntry {
    private static final long NANOS_PER_MICRO = 1000;

    private final CorrelationId id;
    private final List<SequenceRequest> requests = new ArrayList<>();
    private long expiresNanos = Long.MAX_VALUE;

    BacklogEntry(CorrelationId id) {
        this.id = id;
    }

    CorrelationId id() {
        return id;
    }

    /** In the order of arrival. */
    List<SequenceRequest> requests() {
        return requests;
    }

    /** Adds a request, whose timeout counts for all of them. */
    void add(SequenceRequest request) {
        requests.add(request);
        long timeout = request.request().header().timeoutMicros();
        if (timeout > 0) {
            long arrival = request.scheduled().enqueuedNanos();
            long nanos = timeout < (Long.MAX_VALUE - arrival) / NANOS_PER_MICRO
                    ? arrival + timeout * NANOS_PER_MICRO
                    : Long.MAX_VALUE;
            expiresNanos = Math.min(expiresNanos, nanos);
        }
    }

    /** When all of them are refused; {@link Long#MAX_VALUE} for never. */
    long expiresNanos() {
        return expiresNanos;
    }

    boolean anyCancelled() {
        return requests.stream().anyMatch(request -> request.request().cancelled());
    }
}
