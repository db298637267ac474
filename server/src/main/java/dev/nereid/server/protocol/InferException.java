package dev.nereid.server.protocol;

import dev.nereid.memory.NoMemoryException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that failed, with one of a closed set of codes and the text that the client sees. */
public final class InferException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Triton's error classes with their HTTP and gRPC statuses (protocol page, section 2). */
    public enum Code {
        UNKNOWN(400, 2),
        INTERNAL(500, 13),
        /** A JSON document that is none, or that holds values of other types than asked for: INTERNAL in Triton. */
        MALFORMED(500, 13),
        NOT_FOUND(404, 5),
        INVALID_ARG(400, 3),
        UNAVAILABLE(503, 14),
        /** There is no memory for the request; Triton has no such error. */
        RESOURCE_EXHAUSTED(503, 8),
        UNSUPPORTED(501, 12),
        ALREADY_EXISTS(400, 6),
        CANCELLED(400, 1),
        /** A state that the request needs is not there; Triton has no such error. */
        FAILED_PRECONDITION(400, 9),
        /** The request has taken longer than it may; Triton has no such error. */
        DEADLINE_EXCEEDED(504, 4),
        /** Nobody knows who asks, and not everybody may; Triton has no such error. */
        UNAUTHENTICATED(401, 16),
        /** Who asks may not; Triton has no such error. */
        PERMISSION_DENIED(403, 7);

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

    /** Why a request was refused that a model could have answered. */
    public enum Refusal {
        /** There is too much to do. */
        OVERLOADED,
        /** Its time in the queue is over. */
        EXPIRED
    }

    private final Code code;
    private final @Nullable Duration retryAfter;
    private final @Nullable Refusal refusal;
    private final boolean ofModel;

    public InferException(Code code, String message) {
        this(code, message, null, null, false);
    }

    /** An error with a cause, which is as much a refusal as that one. */
    public InferException(Code code, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.code = Objects.requireNonNull(code, "code");
        this.retryAfter = null;
        this.refusal = cause instanceof InferException error ? error.refusal : null;
        this.ofModel = false;
    }

    private InferException(
            Code code, String message, @Nullable Duration retryAfter, @Nullable Refusal refusal, boolean ofModel) {
        super(Objects.requireNonNull(message, "message"));
        this.code = Objects.requireNonNull(code, "code");
        this.retryAfter = retryAfter;
        this.refusal = refusal;
        this.ofModel = ofModel;
    }

    public Code code() {
        return code;
    }

    /** When it is worth trying again, where that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** Why the request was refused; empty where it was not, or for no reason of its own. */
    public Optional<Refusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Whether it stands for an error of the model, although the request was refused before: Triton checks that later. */
    public boolean isOfModel() {
        return ofModel;
    }

    /** The text that the client sees; never null. */
    public String text() {
        return Objects.requireNonNullElse(getMessage(), code.name());
    }

    public static InferException invalid(String message) {
        return new InferException(Code.INVALID_ARG, message);
    }

    /** An invalid request of which Triton's models say so, not its server. */
    public static InferException invalidForModel(String message) {
        return new InferException(Code.INVALID_ARG, message, null, null, true);
    }

    public static InferException notFound(String message) {
        return new InferException(Code.NOT_FOUND, message);
    }

    public static InferException unavailable(String message) {
        return new InferException(Code.UNAVAILABLE, message);
    }

    /** Refused because the queue is full. */
    public static InferException queueFull(String message) {
        return new InferException(Code.UNAVAILABLE, message, null, Refusal.OVERLOADED, false);
    }

    /** Refused because its time in the queue is over. */
    public static InferException expired(String message) {
        return new InferException(Code.UNAVAILABLE, message, null, Refusal.EXPIRED, false);
    }

    /** Refused because there is too much to do; the same request may succeed after that time. */
    public static InferException overloaded(String message, Duration retryAfter) {
        return new InferException(Code.UNAVAILABLE, message, retryAfter, Refusal.OVERLOADED, false);
    }

    /** Refused because there is no memory for it; the same request may succeed after that time. */
    public static InferException exhausted(String message, Duration retryAfter) {
        return new InferException(Code.RESOURCE_EXHAUSTED, message, retryAfter, Refusal.OVERLOADED, false);
    }

    /** A request that is refused because there is not so much native memory, now or at all. */
    public static InferException of(NoMemoryException refusal) {
        return of(refusal, "the server has no memory for this request: " + refusal.getMessage());
    }

    /**
     * A request that is refused because there is not so much native memory, now or at all.
     *
     * @param message says for what, and how much
     */
    public static InferException of(NoMemoryException refusal, String message) {
        return refusal.isPossibleLater()
                ? RequestBudget.later(message)
                : invalid(message + "; send less at once, or raise --request-memory-limit or --memory-limit");
    }

    public static InferException internal(String message) {
        return new InferException(Code.INTERNAL, message);
    }

    public static InferException malformed(String message) {
        return new InferException(Code.MALFORMED, message);
    }

    public static InferException unsupported(String message) {
        return new InferException(Code.UNSUPPORTED, message);
    }
}
