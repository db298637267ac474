package dev.nereid.server.observe;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Quantiles of the values of the last minute, and the count and sum of all: what a Prometheus summary shows. Five
 * histograms take every value, one of them is emptied every twelve seconds, and the one that has gone longest without is
 * read. Quantiles are exact to one part in a hundred of the value. Any thread.
 */
final class RecentQuantiles {
    private static final int WINDOWS = 5;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60) / WINDOWS;
    private static final int DIGITS = 2;

    private final LongSupplier clock;
    private final ConcurrentHistogram[] windows = new ConcurrentHistogram[WINDOWS];
    private final LongAdder count = new LongAdder();
    private final LongAdder sum = new LongAdder();
    private int oldest;
    private volatile long rotateNanos;

    /** @param clock nanoseconds since an arbitrary moment */
    RecentQuantiles(LongSupplier clock) {
        this.clock = clock;
        this.rotateNanos = clock.getAsLong() + WINDOW_NANOS;
        for (int i = 0; i < WINDOWS; i++) {
            windows[i] = new ConcurrentHistogram(DIGITS);
            windows[i].setAutoResize(true);
        }
    }

    /** Adds a value, at least 0. */
    void record(long value) {
        rotate();
        long counted = Math.max(value, 0);
        for (ConcurrentHistogram window : windows) {
            window.recordValue(counted);
        }
        count.increment();
        sum.add(counted);
    }

    long count() {
        return count.sum();
    }

    long sum() {
        return sum.sum();
    }

    /** The value that a part of those of the last minute do not exceed; NaN where there are none. */
    synchronized double quantile(double part) {
        rotate();
        ConcurrentHistogram window = windows[oldest];
        return window.getTotalCount() == 0 ? Double.NaN : window.getValueAtPercentile(part * 100);
    }

    private void rotate() {
        if (clock.getAsLong() - rotateNanos < 0) {
            return;
        }
        synchronized (this) {
            for (int i = 0; i < WINDOWS && clock.getAsLong() - rotateNanos >= 0; i++) {
                windows[oldest].reset();
                oldest = (oldest + 1) % WINDOWS;
                rotateNanos += WINDOW_NANOS;
            }
            if (clock.getAsLong() - rotateNanos >= 0) { // nobody came for more than a minute
                rotateNanos = clock.getAsLong() + WINDOW_NANOS;
            }
        }
    }
}
