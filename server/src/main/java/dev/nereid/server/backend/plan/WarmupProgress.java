package dev.nereid.server.backend.plan;

/** Whether a model that is run again and again may get any faster, by windows of as many runs each. For one thread. */
final class WarmupProgress {
    /** Not worth waiting for: a window that is faster than the best by less than this part. */
    private static final double STABLE = 0.05;

    /** The share of a window below which the compiler counts as idle; it may be compiling for others too. */
    private static final double IDLE = 0.2;

    /** Windows without a new best, after which what the compiler is busy with is taken to be somebody else's. */
    private static final int MOST_FRUITLESS = 4;

    private long best = Long.MAX_VALUE;
    private int fruitless;

    /**
     * Takes note of the next window.
     *
     * @param nanos how long it took
     * @param compiling the share of it that the compiler was busy
     */
    boolean mayGetFaster(long nanos, double compiling) {
        if (nanos < best * (1 - STABLE)) {
            best = nanos;
            fruitless = 0;
            return true;
        }
        fruitless++;
        return compiling >= IDLE && fruitless < MOST_FRUITLESS;
    }
}
