package dev.nereid.server.cache;

/** A command that Redis did not carry out. */
final class RedisFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean unreachable;

    /** @param unreachable whether the next command would have no better luck */
    RedisFailure(String message, boolean unreachable, Throwable cause) {
        super(message, cause);
        this.unreachable = unreachable;
    }

    boolean isUnreachable() {
        return unreachable;
    }
}
