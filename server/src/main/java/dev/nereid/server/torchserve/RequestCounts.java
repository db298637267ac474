package dev.nereid.server.torchserve;

import java.util.concurrent.atomic.LongAdder;

/** What requests to one model version took. Any thread. */
public final class RequestCounts {
    private final LongAdder requests = new LongAdder();
    private final LongAdder latencyNanos = new LongAdder();
    private final LongAdder queueNanos = new LongAdder();
    private volatile Times last = new Times(0, 0, 0);

    /**
     * What one request took.
     *
     * @param total from its arrival to its answer
     * @param queue the part of it that it waited for a worker
     * @param compute the part of it that a worker ran
     */
    public record Times(long total, long queue, long compute) {}

    /** Notes a request that has arrived, whatever becomes of it. */
    void arrive() {
        requests.increment();
    }

    /** Notes what a request took that reached a worker. */
    void add(Times times) {
        latencyNanos.add(times.total());
        queueNanos.add(times.queue());
        last = times;
    }

    long requests() {
        return requests.sum();
    }

    /** Of all requests together. */
    long latencyNanos() {
        return latencyNanos.sum();
    }

    /** Of all requests together. */
    long queueNanos() {
        return queueNanos.sum();
    }

    /** Those of the last request; zeros where there was none. */
    Times last() {
        return last;
    }
}
