package dev.nereid.server.storage;

/** A store or the local copy of what lies in it could not be read; the message names what, and why. */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StorageException(String message) {
        super(message);
    }

    StorageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The message, which there always is. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
