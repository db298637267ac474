package dev.nereid.server.traffic;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** What became of a version's requests in the last while: slices of time, of which the oldest is dropped. Any thread. */
final class VersionWindow {
    private static final int SLICES = 10;

    private static final class Slice {
        private final long number;
        private final RouteStatistics counts = new RouteStatistics();

        private Slice(long number) {
            this.number = number;
        }
    }

    private final long sliceNanos;
    private final AtomicReferenceArray<Slice> slices = new AtomicReferenceArray<>(SLICES);

    VersionWindow(long nanos) {
        this.sliceNanos = Math.max(nanos / SLICES, 1);
    }

    void record(Outcome outcome, long nanos, long now) {
        long number = Math.floorDiv(now, sliceNanos);
        int index = Math.floorMod(number, SLICES);
        Slice slice = slices.get(index);
        while (slice == null || slice.number < number) {
            Slice fresh = new Slice(number);
            Slice witness = slices.compareAndExchange(index, slice, fresh);
            slice = witness == slice ? fresh : witness;
        }
        slice.counts.record(outcome, nanos);
    }

    /** The counts of the window that ends now. */
    RouteStatistics.Snapshot snapshot(long now) {
        long newest = Math.floorDiv(now, sliceNanos);
        RouteStatistics.Snapshot sum = RouteStatistics.Snapshot.NONE;
        for (int i = 0; i < SLICES; i++) {
            Slice slice = slices.get(i);
            if (slice != null && slice.number > newest - SLICES) {
                sum = sum.plus(slice.counts.snapshot());
            }
        }
        return sum;
    }
}
