package dev.nereid.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads do. */
public final class Until {
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Until() {}

    /**
     * Returns when something holds.
     *
     * @throws AssertionError if it does not hold in the end
     */
    public static void until(String what, BooleanSupplier holds) {
        long start = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - start > MOST_NANOS) {
                throw new AssertionError("waited in vain until " + what);
            }
            LockSupport.parkNanos(100_000);
        }
    }
}
