package dev.nereid.server.batch;

/** A job that cannot begin or go on: one sentence that says why and what to do. */
public final class BatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BatchException(String message) {
        super(message);
    }

    public BatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
