package dev.nereid.server.schedule.adaptive;

/**
 * When a model should have more or fewer instances. More, when for two seconds more than one in twenty of its requests
 * waited for longer than a tenth of its objective, which is to say that the 95th percentile did; fewer, when for half a
 * minute there was always an instance with nothing to do. One at a time: after a change the time begins anew. Knows no
 * bounds. Under its caller's lock.
 */
public final class InstanceScaling {
    /** The part of the objective that requests may wait. */
    private static final double DELAY_SHARE = 0.1;

    /** The part of the requests that may wait longer. */
    private static final double LATE_SHARE = 0.05;

    static final long UP_NANOS = 2_000_000_000;
    static final long DOWN_NANOS = 30_000_000_000L;
    /** Requests are counted in stretches of this time at least. */
    static final long WINDOW_NANOS = 250_000_000;

    private final long delayNanos;
    private boolean started;
    private long windowNanos;
    private long requests;
    private long late;
    private boolean isLate;
    private long lateNanos;
    private int instances;
    private long fullNanos;

    /** @param sloNanos when an answer is due after its request */
    public InstanceScaling(long sloNanos) {
        delayNanos = (long) (DELAY_SHARE * sloNanos);
    }

    /** A request left the queue to run, after so long. */
    public void waited(long nanos) {
        requests++;
        late += nanos > delayNanos ? 1 : 0;
    }

    /** A request was turned away because there is too much to do. */
    public void turnedAway() {
        requests++;
        late++;
    }

    /** Says how many of the instances are busy; said whenever one becomes busy, and before one becomes free. */
    public void busy(int busy, int all, long nowNanos) {
        if (busy >= all) {
            fullNanos = nowNanos;
        }
    }

    /**
     * What to do now. Asked some times a second.
     *
     * @param busy instances that run a batch
     * @param longestNanos how long the request has waited that waits longest; 0 where none does
     * @return how many instances more to have: 1, 0 or -1
     */
    public int wish(int busy, int all, long longestNanos, long nowNanos) {
        if (!started || all != instances) {
            started = true;
            instances = all;
            fullNanos = nowNanos;
            begin(nowNanos);
            isLate = false;
            return 0;
        }
        busy(busy, all, nowNanos);
        if (nowNanos - windowNanos >= WINDOW_NANOS) {
            boolean lateNow = late > LATE_SHARE * requests || longestNanos > delayNanos;
            lateNanos = isLate ? lateNanos : windowNanos;
            isLate = lateNow;
            begin(nowNanos);
        }
        if (isLate && nowNanos - lateNanos >= UP_NANOS) {
            return 1;
        }
        return nowNanos - fullNanos >= DOWN_NANOS ? -1 : 0;
    }

    private void begin(long nowNanos) {
        windowNanos = nowNanos;
        requests = 0;
        late = 0;
    }
}
