package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelQueuePolicy;

/**
 * How long and how full a queue may get.
 *
 * @param timeoutNanos time in the queue until the action is taken; 0 for no limit
 * @param delay whether an expired request moves behind the others, in place of being refused
 * @param allowOverride whether a request may ask for a shorter time
 * @param maxSize requests that may wait; 0 for no limit
 */
record QueuePolicy(long timeoutNanos, boolean delay, boolean allowOverride, long maxSize) {
    private static final long MICRO = 1000;
    /** Of centuries, and no overflow where it is added to a time. */
    private static final long LONGEST_MICROS = Long.MAX_VALUE / MICRO / 4;

    static QueuePolicy of(ModelQueuePolicy config) {
        return new QueuePolicy(
                longest(config.getDefaultTimeoutMicroseconds()) * MICRO,
                config.getTimeoutAction() == ModelQueuePolicy.TimeoutAction.DELAY,
                config.getAllowTimeoutOverride(),
                Integer.toUnsignedLong(config.getMaxQueueSize()));
    }

    /** Micros that are 64 bits without a sign. */
    private static long longest(long micros) {
        return micros < 0 ? LONGEST_MICROS : Math.min(micros, LONGEST_MICROS);
    }

    /**
     * When a request's time is up. A timeout of its own counts only where it is shorter than a limit that there is.
     *
     * @param requestedMicros the request's timeout; 0 for none
     * @return {@link Long#MAX_VALUE} for never
     */
    long expiry(long enqueuedNanos, long requestedMicros) {
        long nanos = timeoutNanos;
        if (allowOverride && requestedMicros > 0 && requestedMicros < nanos / MICRO) {
            nanos = requestedMicros * MICRO;
        }
        return nanos == 0 ? Long.MAX_VALUE : enqueuedNanos + nanos;
    }
}
