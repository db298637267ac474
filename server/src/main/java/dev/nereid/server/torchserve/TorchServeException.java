package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import java.util.Objects;

/** A request that failed as TorchServe tells it: one of a closed set of kinds, and the text that the client sees. */
public final class TorchServeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kinds, with their HTTP status, what an answer calls them and the number of the gRPC status. */
    public enum Kind {
        NO_RESOURCE(404, "ResourceNotFoundException", 5),
        NO_MODEL(404, "ModelNotFoundException", 5),
        NO_VERSION(404, "ModelVersionNotFoundException", 5),
        BAD_REQUEST(400, "BadRequestException", 3),
        BAD_ARCHIVE(400, "InvalidModelException", 3),
        BAD_URL(400, "InvalidArchiveURLException", 3),
        BAD_DOWNLOAD(400, "DownloadArchiveException", 3),
        BAD_KEY(400, "InvalidKeyException", 7),
        BAD_METHOD(405, "MethodNotAllowedException", 7),
        TIMEOUT(408, "RequestTimeoutException", 13),
        CONFLICT(409, "ConflictStatusException", 13),
        TOO_LARGE(413, "RequestTooLargeException", 3),
        DEFAULT_VERSION(403, "InvalidModelVersionException", 3),
        FAILED(500, "InternalServerException", 13),
        NOT_IMPLEMENTED(501, "NotImplementedException", 12),
        NO_WORKER(503, "ServiceUnavailableException", 13),
        /** The handler, which in TorchServe is Python, raised. */
        PREDICTION_FAILED(503, "InternalServerException", 13),
        NO_MEMORY(507, "OutOfMemoryError", 13);

        private final int status;
        private final String type;
        private final int grpcStatus;

        Kind(int status, String type, int grpcStatus) {
            this.status = status;
            this.type = type;
            this.grpcStatus = grpcStatus;
        }

        public int status() {
            return status;
        }

        /** The name of the exception, which answers have. */
        public String type() {
            return type;
        }

        public int grpcStatus() {
            return grpcStatus;
        }
    }

    private final Kind kind;

    public TorchServeException(Kind kind, String message) {
        super(Objects.requireNonNull(message, "message"));
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    public TorchServeException(Kind kind, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    public Kind kind() {
        return kind;
    }

    /** The text that the client sees; never null. */
    public String text() {
        return Objects.requireNonNullElse(getMessage(), kind.type());
    }

    /** The body that tells it. */
    public byte[] document() {
        return document(kind.status(), kind.type(), text());
    }

    /** The body that tells an error. */
    static byte[] document(int status, String type, String text) {
        return GsonText.of(GsonText.object("code", status, "type", type, "message", text));
    }

    /** What an error of the engine's is here; errors of requests to a model are {@link #ofInference}. */
    public static TorchServeException of(InferException error) {
        Kind kind = switch (error.code()) {
            case INVALID_ARG, MALFORMED, FAILED_PRECONDITION -> Kind.BAD_REQUEST;
            case NOT_FOUND -> Kind.NO_MODEL;
            case ALREADY_EXISTS -> Kind.CONFLICT;
            case RESOURCE_EXHAUSTED -> Kind.NO_MEMORY;
            case CANCELLED, UNKNOWN, INTERNAL -> Kind.FAILED;
            case UNSUPPORTED -> Kind.NOT_IMPLEMENTED;
            case UNAVAILABLE -> Kind.NO_WORKER;
            case DEADLINE_EXCEEDED -> Kind.TIMEOUT;
            case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.BAD_KEY;
        };
        return new TorchServeException(kind, error.text(), error);
    }

    /** What a request to a model fails with: TorchServe does not tell clients why a handler failed, and its log does. */
    public static TorchServeException ofInference(InferException error) {
        return switch (error.code()) {
            case RESOURCE_EXHAUSTED -> new TorchServeException(Kind.NO_MEMORY, "Out of resources", error);
            case DEADLINE_EXCEEDED ->
                new TorchServeException(Kind.FAILED, "Backend worker did not respond in given time", error);
            case UNAVAILABLE, NOT_FOUND -> new TorchServeException(Kind.NO_WORKER, error.text(), error);
            case CANCELLED -> new TorchServeException(Kind.FAILED, error.text(), error);
            default -> new TorchServeException(Kind.PREDICTION_FAILED, "Prediction failed", error);
        };
    }
}
