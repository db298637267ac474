package dev.nereid.server.schedule;

import org.slf4j.Logger;

/** What is done where anything may fail, for the heap is full. Throws nothing. */
public final class LastResort {
    private LastResort() {}

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
