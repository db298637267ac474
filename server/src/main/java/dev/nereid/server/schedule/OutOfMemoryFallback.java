package dev.nereid.server.schedule;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.protocol.InferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fallbacks when the heap is full and any allocation may fail. Throws nothing. */
public final class OutOfMemoryFallback {
    private static final Logger LOG = LoggerFactory.getLogger(OutOfMemoryFallback.class);

    @SuppressWarnings("StaticAssignmentOfThrowable") // there is no memory to make it when it is needed
    private static final InferException NO_MEMORY = InferException.internal("the server has no memory left");

    private OutOfMemoryFallback() {}

    /**
     * An error for clients, with the cause as far as there is memory to name it.
     *
     * @param what a format, in which the model's name is {@code %s}
     */
    public static InferException error(String modelName, String what, Throwable cause) {
        try {
            if (cause instanceof NoMemoryException refusal) {
                return InferException.of(refusal);
            }
            return InferException.internal(what.formatted(modelName) + cause);
        } catch (RuntimeException | Error _) {
            return NO_MEMORY;
        }
    }

    /** Answers a request that does not run; one that cannot be answered keeps nobody else from it. */
    public static void drop(ScheduledRequest request, InferException error, DropReason reason) {
        try {
            request.drop(error, reason);
        } catch (RuntimeException | Error e) {
            log(LOG, "the answer to a request", e);
        }
    }

    /** Logs what failed of a model, unless that fails too. */
    static void log(Logger log, String modelName, String what, Throwable failure) {
        try {
            log.error("model '{}': {} failed", modelName, what, failure);
        } catch (RuntimeException | Error e) {
            log(log, what, failure);
        }
    }

    /** Logs a failure that nobody else hears of, unless that fails too. */
    @SuppressWarnings("EmptyCatch")
    public static void log(Logger log, String what, Throwable failure) {
        try {
            log.error("{} failed", what, failure);
        } catch (RuntimeException | Error _) {
            // Nobody is left to be told.
        }
    }
}
