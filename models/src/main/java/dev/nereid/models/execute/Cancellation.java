package dev.nereid.models.execute;

import java.time.Duration;

/**
 * Whether a run is still wanted. A run asks before every step, and before every iteration of a graph inside a step, on its own
 * thread; a kernel that has begun is not interrupted. Once requested, a cancellation stays requested.
 */
@FunctionalInterface
public interface Cancellation {
    /** Never requested. */
    Cancellation NEVER = () -> false;

    /** Whether the run is to end. Cheap: it is asked for each step. */
    boolean isRequested();

    /** Requested when {@code time} has passed from now on. */
    static Cancellation after(Duration time) {
        long start = System.nanoTime();
        long nanos = time.toNanos();
        return () -> System.nanoTime() - start >= nanos;
    }
}
