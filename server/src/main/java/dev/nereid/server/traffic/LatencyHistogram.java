package dev.nereid.server.traffic;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts durations in buckets of which each is a sixteenth of an octave wide: from a microsecond to some minutes a duration
 * is known within 6.25 %. Any thread.
 */
final class LatencyHistogram {
    private static final int SUB_BITS = 4;
    private static final int SUB_BUCKETS = 1 << SUB_BITS;
    private static final int FIRST_EXPONENT = 10; // 1024 ns
    private static final int OCTAVES = 30;
    private static final int BUCKETS = OCTAVES * SUB_BUCKETS + 2;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

    void record(long nanos) {
        counts.incrementAndGet(bucket(nanos));
    }

    private static int bucket(long nanos) {
        if (nanos < 1L << FIRST_EXPONENT) {
            return 0;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        int sub = (int) (nanos >>> (exponent - SUB_BITS)) & (SUB_BUCKETS - 1);
        return Math.min((exponent - FIRST_EXPONENT) * SUB_BUCKETS + sub + 1, BUCKETS - 1);
    }

    /** The least duration of a bucket, in nanoseconds; of the one behind the last, the bound of the last. */
    private static long lowerBound(int bucket) {
        if (bucket == 0) {
            return 0;
        }
        int exponent = FIRST_EXPONENT + (bucket - 1) / SUB_BUCKETS;
        int sub = SUB_BUCKETS + (bucket - 1) % SUB_BUCKETS;
        return (long) sub << (exponent - SUB_BITS);
    }

    /** What was counted so far. */
    Snapshot snapshot() {
        return Snapshot.sum(this);
    }

    /** Counts at one time, of one histogram or of several together. Immutable. */
    static final class Snapshot {
        private final long[] counts;
        private final long total;

        private Snapshot(long[] counts) {
            this.counts = counts;
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            this.total = sum;
        }

        /** The counts of several histograms together. */
        static Snapshot sum(LatencyHistogram... histograms) {
            long[] sums = new long[BUCKETS];
            for (LatencyHistogram histogram : histograms) {
                for (int i = 0; i < BUCKETS; i++) {
                    sums[i] += histogram.counts.get(i);
                }
            }
            return new Snapshot(sums);
        }

        /** The counts of two snapshots together. */
        Snapshot plus(Snapshot other) {
            long[] sums = new long[BUCKETS];
            for (int i = 0; i < BUCKETS; i++) {
                sums[i] = counts[i] + other.counts[i];
            }
            return new Snapshot(sums);
        }

        long total() {
            return total;
        }

        /** How many durations are at most a power of two of nanoseconds, but for those that are exactly that long. */
        long below(int exponent) {
            int end = Math.clamp((long) (exponent - FIRST_EXPONENT) * SUB_BUCKETS + 1, 0, BUCKETS);
            long sum = 0;
            for (int i = 0; i < end; i++) {
                sum += counts[i];
            }
            return sum;
        }

        /** The bounds of the bucket that the duration of a rank is in, the shortest having rank 1. */
        Range atRank(long rank) {
            long sum = 0;
            for (int i = 0; i < BUCKETS; i++) {
                sum += counts[i];
                if (sum >= rank) {
                    return new Range(lowerBound(i), lowerBound(i + 1));
                }
            }
            throw new IllegalArgumentException("rank " + rank + " of " + total);
        }

        /** About the sum of all durations: each counts as the middle of its bucket. */
        double sumNanos() {
            double sum = 0;
            for (int i = 0; i < BUCKETS; i++) {
                sum += counts[i] * (lowerBound(i) + lowerBound(i + 1)) / 2.0;
            }
            return sum;
        }
    }

    /** Where a duration is, in nanoseconds. */
    record Range(long low, long high) {
        double middle() {
            return (low + high) / 2.0;
        }
    }
}
