package dev.nereid.server.schedule;

/** Time as the schedulers know it, so that tests can turn it by hand. Any thread. */
public interface Clock {
    /** Nanoseconds since an arbitrary moment; compare differences only. */
    long nanos();

    /** Milliseconds since 1970. */
    long epochMillis();

    /**
     * Runs a task once, when {@link #nanos} has reached {@code nanos}.
     *
     * @param task must not block
     */
    Alarm at(long nanos, Runnable task);

    /** A task that waits for its time. */
    interface Alarm {
        /** Stops the task unless it has begun. */
        void cancel();
    }

    /** The machine's clock; all alarms share one thread. */
    static Clock system() {
        return SystemClock.INSTANCE;
    }
}
