package dev.nereid.server.observe;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes a histogram of batch sizes from the exact counts that the statistics keep. */
final class BatchSizeHistogram {
    private static final int LARGEST_BOUND = 256;

    private BatchSizeHistogram() {}

    /** By powers of two. */
    static HistogramCounter.Snapshot of(SortedMap<Long, StatisticsSnapshot.Compute> batches) {
        SortedMap<Double, Long> buckets = new TreeMap<>();
        for (long bound = 1; bound <= LARGEST_BOUND; bound *= 2) {
            buckets.put((double) bound, executions(batches.headMap(bound + 1)));
        }
        long all = executions(batches);
        buckets.put(Double.POSITIVE_INFINITY, all);
        long sum = 0;
        for (Map.Entry<Long, StatisticsSnapshot.Compute> each : batches.entrySet()) {
            sum += each.getKey() * each.getValue().infer().count();
        }
        return new HistogramCounter.Snapshot(all, sum, buckets);
    }

    private static long executions(SortedMap<Long, StatisticsSnapshot.Compute> batches) {
        return batches.values().stream()
                .mapToLong(compute -> compute.infer().count())
                .sum();
    }
}
