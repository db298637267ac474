package dev.nereid.perf.load;

import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs tasks after a delay, until it is stopped; later tasks are dropped. */
final class Delays {
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    void run(Runnable task, long delayNanos) {
        try {
            var _ = thread.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            // The load has stopped meanwhile.
        }
    }

    void stop() {
        thread.shutdownNow();
    }
}
