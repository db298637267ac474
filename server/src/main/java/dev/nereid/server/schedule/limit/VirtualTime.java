package dev.nereid.server.schedule.limit;

/**
 * How far a set of instances that compete has come: the scaled count of the one that started last. Who joins them, new
 * or after a long rest, starts from there and not from what it missed. Plain data under the limiter's lock.
 */
final class VirtualTime {
    private long now;

    long now() {
        return now;
    }

    /** An instance of that scaled count starts. */
    void advance(long scaledCount) {
        now = Math.max(now, scaledCount);
    }
}
