package dev.nereid.server.protocol;

import java.util.Objects;

/** A request that failed, with one of a closed set of codes and the text that the client sees. */
public final class InferException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Triton's error classes with their HTTP and gRPC statuses (protocol page, section 2). */
    public enum Code {
        UNKNOWN(400, 2),
        INTERNAL(500, 13),
        NOT_FOUND(404, 5),
        INVALID_ARG(400, 3),
        UNAVAILABLE(503, 14),
        UNSUPPORTED(501, 12),
        ALREADY_EXISTS(400, 6),
        CANCELLED(400, 1);

        private final int httpStatus;
        private final int grpcStatus;

        Code(int httpStatus, int grpcStatus) {
            this.httpStatus = httpStatus;
            this.grpcStatus = grpcStatus;
        }

        public int httpStatus() {
            return httpStatus;
        }

        /** The number of the gRPC status code. */
        public int grpcStatus() {
            return grpcStatus;
        }
    }

    private final Code code;

    public InferException(Code code, String message) {
        super(Objects.requireNonNull(message, "message"));
        this.code = Objects.requireNonNull(code, "code");
    }

    public InferException(Code code, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.code = Objects.requireNonNull(code, "code");
    }

    public Code code() {
        return code;
    }

    /** The text that the client sees; never null. */
    public String text() {
        return Objects.requireNonNullElse(getMessage(), code.name());
    }

    public static InferException invalid(String message) {
        return new InferException(Code.INVALID_ARG, message);
    }

    public static InferException notFound(String message) {
        return new InferException(Code.NOT_FOUND, message);
    }

    public static InferException unavailable(String message) {
        return new InferException(Code.UNAVAILABLE, message);
    }

    public static InferException internal(String message) {
        return new InferException(Code.INTERNAL, message);
    }

    public static InferException unsupported(String message) {
        return new InferException(Code.UNSUPPORTED, message);
    }
}
