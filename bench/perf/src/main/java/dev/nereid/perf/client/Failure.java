package dev.nereid.perf.client;

import java.util.Objects;

/** Why a request got no answer that counts. */
public record Failure(Kind kind, String message) {
    /** Sorts of failure that a report counts one by one. */
    public enum Kind {
        /** The server was too busy: HTTP 429 or 503, gRPC UNAVAILABLE or RESOURCE_EXHAUSTED. */
        REFUSED,
        /** The connection could not be made, or broke before the answer was complete. */
        DROPPED,
        /** The server answered with an error. */
        FAILED,
        /** The answer is not what the input data says it has to be. */
        WRONG
    }

    public Failure {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(message, "message");
    }
}
