package dev.nereid.server.protocol;

/** A body that could not be read to its end: the client went away, was too slow, or framed it wrongly. */
public final class BodyReadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BodyReadException(String message) {
        super(message);
    }

    public BodyReadException(String message, Throwable cause) {
        super(message, cause);
    }
}
