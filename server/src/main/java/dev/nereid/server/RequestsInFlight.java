package dev.nereid.server;

import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the requests that are in flight when the server stops, and cancels those that take too long. */
final class RequestsInFlight {
    private static final Logger LOG = LoggerFactory.getLogger(RequestsInFlight.class);

    private static final long PAUSE_NANOS = 20_000_000;

    /** What cancelled runs have to come to the end of the step that they are at, and to be answered. */
    private static final long CANCEL_NANOS = 400_000_000;

    private final ModelRepository repository;

    RequestsInFlight(ModelRepository repository) {
        this.repository = repository;
    }

    /**
     * Waits until no inference is in flight. Runs that have not finished at the deadline are cancelled.
     *
     * @param deadline as {@link System#nanoTime} tells it
     * @return whether all finished in time
     */
    boolean finish(long deadline) {
        if (await(deadline)) {
            return true;
        }
        repository.cancelRuns();
        awaitCancelled();
        return false;
    }

    /** Says once a second, in Triton's words, what is waited for. */
    private boolean await(long deadline) {
        LOG.info("Waiting for in-flight requests to complete.");
        long nextLine = System.nanoTime();
        for (List<Model> busy = repository.busyModels(); !busy.isEmpty(); busy = repository.busyModels()) {
            long now = System.nanoTime();
            if (now - deadline >= 0) {
                return false;
            }
            if (now - nextLine >= 0) {
                LOG.info(
                        "Timeout {}: Found {} model versions that have in-flight inferences",
                        TimeUnit.NANOSECONDS.toSeconds(deadline - now),
                        busy.size());
                busy.forEach(model -> LOG.info(
                        "Model '{}' (version {}) has {} in-flight inferences",
                        model.id(),
                        model.version(),
                        model.awaited()));
                nextLine += TimeUnit.SECONDS.toNanos(1);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }

    /** Gives runs that were cancelled a moment to answer their clients. */
    private void awaitCancelled() {
        long deadline = System.nanoTime() + CANCEL_NANOS;
        while (repository.inFlight() > 0 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
