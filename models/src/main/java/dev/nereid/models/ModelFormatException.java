package dev.nereid.models;

/** A model file that cannot be served: names the file's node, operator or tensor, what was expected and what came. */
public final class ModelFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
