package dev.nereid.server.schedule;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long a model's executions took lately, by the size of their inputs: a moving average a power of two of bytes. Any
 * thread; concurrent measurements may overwrite each other.
 */
final class MeasuredTime {
    /** Weight of a new measurement: one in this many. */
    private static final int SMOOTHING = 8;

    private final AtomicLongArray averages = new AtomicLongArray(Long.SIZE);

    void add(long inputBytes, long nanos) {
        int size = sizeClass(inputBytes);
        long average = averages.get(size);
        averages.set(size, Math.max(average == 0 ? nanos : average + (nanos - average) / SMOOTHING, 1));
    }

    /** The average in nanoseconds; {@link Long#MAX_VALUE} where nothing of this size has run. */
    long expected(long inputBytes) {
        long average = averages.get(sizeClass(inputBytes));
        return average == 0 ? Long.MAX_VALUE : average;
    }

    private static int sizeClass(long bytes) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(bytes, 1));
    }
}
