package dev.nereid.server.grpc;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.server.protocol.InferException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From our errors to gRPC statuses. */
public final class GrpcErrors {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcErrors.class);

    private GrpcErrors() {}

    public static Status status(InferException error) {
        LOG.debug("gRPC request failed: {}", error.text());
        return Status.fromCodeValue(error.code().grpcStatus()).withDescription(error.text());
    }

    /** Whatever was thrown while an answer was written, as what the request failed with. */
    static InferException asFailure(Throwable error) {
        return switch (error) {
            case InferException known -> known;
            case NoMemoryException refusal -> InferException.of(refusal);
            default -> InferException.internal("internal: " + error);
        };
    }

    /** Whatever a handler threw, as the status that the client gets. */
    public static StatusRuntimeException asStatus(Throwable error) {
        return switch (error) {
            case StatusRuntimeException status -> status;
            case InferException known -> status(known).asRuntimeException();
            case NoMemoryException refusal -> status(InferException.of(refusal)).asRuntimeException();
            default ->
                Status.INTERNAL
                        .withDescription("internal: " + error)
                        .withCause(error)
                        .asRuntimeException();
        };
    }
}
