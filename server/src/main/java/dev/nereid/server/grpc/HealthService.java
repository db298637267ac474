package dev.nereid.server.grpc;

import dev.nereid.proto.health.HealthCheckRequest;
import dev.nereid.proto.health.HealthCheckResponse;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.stub.StreamObserver;

/** The standard health service: the server's readiness, whatever service is named. */
final class HealthService extends HealthGrpc.HealthImplBase {
    private final ModelRepository repository;

    HealthService(ModelRepository repository) {
        this.repository = repository;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        Calls.answer(
                observer,
                () -> HealthCheckResponse.newBuilder()
                        .setStatus(
                                repository.isReady()
                                        ? HealthCheckResponse.ServingStatus.SERVING
                                        : HealthCheckResponse.ServingStatus.NOT_SERVING)
                        .build());
    }
}
