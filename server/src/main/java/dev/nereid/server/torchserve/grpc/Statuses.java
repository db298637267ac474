package dev.nereid.server.torchserve.grpc;

import dev.nereid.server.grpc.GrpcErrors;
import dev.nereid.server.torchserve.TorchServeException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Errors as the statuses of calls. */
final class Statuses {
    private Statuses() {}

    static Status of(TorchServeException error) {
        return Status.fromCodeValue(error.kind().grpcStatus()).withDescription(error.text());
    }

    /** Whatever was thrown. */
    static StatusRuntimeException of(Throwable error) {
        return error instanceof TorchServeException told ? of(told).asRuntimeException() : GrpcErrors.asStatus(error);
    }
}
