package dev.nereid.bench.scaling;

import dev.nereid.server.observe.Utilization;
import java.util.Collections;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * A server as far as its queue goes: some instances, each request takes the same time, and a queue of limited length; it reports
 * its utilization as a real one does, from the same counters. Time is that of the simulation.
 */
final class SimulatedReplica {
    private static final String MODEL = "m";

    private final long serviceNanos;
    private final int instances;
    private final int mostQueued;
    private final long readyNanos;
    /** When each instance is free. */
    private final PriorityQueue<Long> free = new PriorityQueue<>();
    /** When each request that has been taken ends, as far as it has not. */
    private final PriorityQueue<Long> ends = new PriorityQueue<>();

    private final Utilization utilization;
    private long nowNanos;
    private long served;
    private long refused;
    private long queueNanos;
    /** Of the requests in {@link #ends}, by their order of start: what they have waited. */
    private final PriorityQueue<long[]> waits = new PriorityQueue<>((a, b) -> Long.compare(a[0], b[0]));

    /** @param readyNanos when it begins to serve */
    SimulatedReplica(long serviceNanos, int instances, int mostQueued, long readyNanos) {
        this.serviceNanos = serviceNanos;
        this.instances = instances;
        this.mostQueued = mostQueued;
        this.readyNanos = readyNanos;
        for (int i = 0; i < instances; i++) {
            free.add(readyNanos);
        }
        utilization = new Utilization(() -> nowNanos, instances);
    }

    boolean isReady(long nanos) {
        return nanos >= readyNanos;
    }

    /** Takes a request; returns when it is answered, or -1 if the queue is full. */
    long take(long nanos) {
        advance(nanos);
        if (ends.size() >= mostQueued + instances) {
            refused++;
            return -1;
        }
        long start = Math.max(nanos, free.remove());
        long end = start + serviceNanos;
        free.add(end);
        ends.add(end);
        waits.add(new long[] {end, start - nanos});
        return end;
    }

    private void advance(long nanos) {
        nowNanos = nanos;
        while (!ends.isEmpty() && ends.peek() <= nanos) {
            ends.remove();
            queueNanos += waits.remove()[1];
            served++;
        }
    }

    /** What a scrape shows. */
    double utilization(long nanos) {
        advance(nanos);
        long pending = Math.max(ends.size() - instances, 0);
        long busy = served * serviceNanos;
        return utilization
                .read(
                        Map.of(
                                MODEL,
                                new Utilization.Load(
                                        busy,
                                        served,
                                        served,
                                        served,
                                        queueNanos,
                                        refused,
                                        pending,
                                        instances,
                                        Collections.emptySortedMap(),
                                        0)),
                        busy)
                .server();
    }
}
