package dev.nereid.server.backend.builtin;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** How the backends for tests let time pass. */
@FunctionalInterface
interface Pauses {
    /** Sleeps on the calling thread; wakes up now and then to see whether somebody gave up. */
    Pauses REAL = new Pauses() {
        private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

        @Override
        public boolean pause(Duration duration, BooleanSupplier givenUp) {
            long end = System.nanoTime() + duration.toNanos();
            long left = duration.toNanos();
            while (left > 0) {
                if (givenUp.getAsBoolean()) {
                    return false;
                }
                try {
                    TimeUnit.NANOSECONDS.sleep(Math.min(left, LOOK_NANOS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
                left = end - System.nanoTime();
            }
            return true;
        }
    };

    /**
     * Lets time pass.
     *
     * @param givenUp whether nobody waits for what comes after
     * @return whether all of it passed
     */
    boolean pause(Duration duration, BooleanSupplier givenUp);

    default void pause(Duration duration) {
        pause(duration, () -> false);
    }
}
