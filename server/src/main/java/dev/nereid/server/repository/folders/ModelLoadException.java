package dev.nereid.server.repository.folders;

import dev.nereid.server.protocol.InferException;
import java.util.Objects;

/** A model that cannot be loaded, and why, in words for the index, the log and the client. */
public final class ModelLoadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final InferException.Code code;

    public ModelLoadException(InferException.Code code, String message) {
        super(Objects.requireNonNull(message, "message"));
        this.code = code;
    }

    public ModelLoadException(InferException.Code code, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.code = code;
    }

    public InferException.Code code() {
        return code;
    }

    /** The message; never null. */
    public String text() {
        return Objects.requireNonNullElse(getMessage(), code.name());
    }

    static ModelLoadException internal(String message, Throwable cause) {
        return new ModelLoadException(InferException.Code.INTERNAL, message, cause);
    }

    public static ModelLoadException invalid(String message) {
        return new ModelLoadException(InferException.Code.INVALID_ARG, message);
    }
}
