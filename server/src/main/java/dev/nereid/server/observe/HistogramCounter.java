package dev.nereid.server.observe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts values by upper bounds, as a Prometheus histogram shows them. Any thread. */
public final class HistogramCounter {
    /**
     * The values so far.
     *
     * @param buckets upper bound to the number of values that do not exceed it, ascending; the last bound is infinite
     */
    public record Snapshot(long count, double sum, SortedMap<Double, Long> buckets) {
        public Snapshot {
            buckets = Collections.unmodifiableSortedMap(new TreeMap<>(buckets));
        }
    }

    private final List<Double> bounds;
    /** The bounds in nanoseconds. */
    private final double[] limits;

    private final double unit;
    private final List<LongAdder> buckets = new ArrayList<>();
    private final LongAdder nanos = new LongAdder();

    /**
     * Counts durations.
     *
     * @param bounds in units
     * @param nanosPerUnit what bounds and sum are told in
     */
    HistogramCounter(List<Double> bounds, double nanosPerUnit) {
        this.bounds = bounds.stream().sorted().distinct().toList();
        this.limits =
                this.bounds.stream().mapToDouble(bound -> bound * nanosPerUnit).toArray();
        this.unit = nanosPerUnit;
        for (int i = 0; i <= this.bounds.size(); i++) {
            buckets.add(new LongAdder());
        }
    }

    void record(long value) {
        int bucket = 0;
        while (bucket < limits.length && value > limits[bucket]) {
            bucket++;
        }
        buckets.get(bucket).increment();
        nanos.add(value);
    }

    Snapshot snapshot() {
        SortedMap<Double, Long> counts = new TreeMap<>();
        long total = 0;
        for (int i = 0; i < buckets.size(); i++) {
            total += buckets.get(i).sum();
            counts.put(i < bounds.size() ? bounds.get(i) : Double.POSITIVE_INFINITY, total);
        }
        return new Snapshot(total, nanos.sum() / unit, counts);
    }
}
