package dev.nereid.server.schedule.adaptive;

import java.util.Objects;

/**
 * A request as the adaptive policy sees it.
 *
 * @param <R> what the caller knows it by
 * @param shape requests may share a batch if theirs are equal
 * @param arrivalNanos when it came
 * @param deadlineNanos when its answer is due; {@link #NEVER} for no matter when
 */
public record AdaptiveRequest<R>(R request, Object shape, WorkSize load, long arrivalNanos, long deadlineNanos) {
    /** The deadline of a request that has none. */
    public static final long NEVER = Long.MAX_VALUE;

    public AdaptiveRequest {
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(load, "load");
    }

    boolean hasDeadline() {
        return deadlineNanos != NEVER;
    }

    /** Time until the answer is due, in nanoseconds; infinite without a deadline. */
    double slack(long nowNanos) {
        return hasDeadline() ? deadlineNanos - nowNanos : Double.POSITIVE_INFINITY;
    }
}
