package dev.nereid.server.backend.builtin;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests of a decoupled model after their execution has returned, each on a virtual thread of its own. Closing
 * waits for all of them.
 */
final class ResponseThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ResponseThreads.class);

    /** How long a slow client gets before it is looked at again. */
    private static final Duration CONGESTED = Duration.ofMillis(2);

    private final ExecutorService threads;

    ResponseThreads(String instanceName) {
        threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(instanceName + "-responses-", 0).factory());
    }

    /** Runs {@code answer}, which ends the request; one that throws instead fails it. */
    void start(Execution execution, Runnable answer) {
        threads.execute(() -> {
            try {
                answer.run();
            } catch (RuntimeException | Error e) {
                LOG.error(
                        "the responses of model '{}' broke off",
                        execution.request().header().modelName(),
                        e);
                execution.fail(InferException.internal("the responses broke off: " + e));
            }
        });
    }

    /**
     * Lets a time pass, and then as much as the client needs to keep up with what it was sent.
     *
     * @return whether the client still wants more; if not, the request is answered
     */
    static boolean pause(Execution execution, Pauses pauses, Duration duration) {
        InferRequest request = execution.request();
        boolean wanted =
                !request.cancelled() && pauses.pause(duration, request::cancelled) && wanted(execution, pauses);
        if (!wanted) {
            cancelled(execution);
        }
        return wanted;
    }

    /**
     * Lets as much time pass as the client needs to keep up with what it was sent.
     *
     * @return whether the client still wants more; the request is open either way
     */
    static boolean wanted(Execution execution, Pauses pauses) {
        InferRequest request = execution.request();
        boolean wanted = !request.cancelled();
        while (wanted && !request.hasRoom()) {
            wanted = pauses.pause(CONGESTED, request::cancelled);
        }
        return wanted;
    }

    /** Ends a request that its client has given up. */
    static void cancelled(Execution execution) {
        execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
    }

    @Override
    public void close() {
        threads.close();
    }
}
