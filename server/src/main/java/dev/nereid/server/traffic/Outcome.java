package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;

/** How a request ended. */
enum Outcome {
    SUCCESS,
    /** The client asked for what cannot be, or went away: no fault of the version. */
    CLIENT_ERROR,
    /** The version could not answer. */
    SERVER_ERROR;

    static Outcome of(InferException error) {
        return switch (error.code()) {
            case INTERNAL, UNKNOWN, UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED -> SERVER_ERROR;
            case INVALID_ARG,
                    MALFORMED,
                    NOT_FOUND,
                    UNSUPPORTED,
                    ALREADY_EXISTS,
                    CANCELLED,
                    FAILED_PRECONDITION,
                    UNAUTHENTICATED,
                    PERMISSION_DENIED -> CLIENT_ERROR;
        };
    }
}
