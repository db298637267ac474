package dev.nereid.server.protocol;

/** A client that went away, or stopped, before it had sent the whole body. */
public final class BodyEndedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BodyEndedException(long received, long expected, Throwable cause) {
        super("the request's body ended after " + received + " of " + expected + " bytes", cause);
    }
}
