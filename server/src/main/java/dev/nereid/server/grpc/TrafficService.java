package dev.nereid.server.grpc;

import dev.nereid.proto.traffic.ModelTrafficRequest;
import dev.nereid.proto.traffic.SetModelTrafficRequest;
import dev.nereid.proto.traffic.TrafficReport;
import dev.nereid.proto.traffic.TrafficServiceGrpc;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** Our own gRPC service for traffic between the versions of a model. */
final class TrafficService extends TrafficServiceGrpc.TrafficServiceImplBase {
    private final ModelRepository repository;

    TrafficService(ModelRepository repository) {
        this.repository = repository;
    }

    @Override
    public void modelTraffic(ModelTrafficRequest request, StreamObserver<TrafficReport> observer) {
        Calls.answer(observer, () -> report(request.getModelName()));
    }

    @Override
    public void setModelTraffic(SetModelTrafficRequest request, StreamObserver<TrafficReport> observer) {
        Calls.answerBlocking(observer, () -> {
            change(request);
            return report(request.getModelName());
        });
    }

    private void change(SetModelTrafficRequest request) {
        String model = request.getModelName();
        switch (request.getChangeCase()) {
            case DOCUMENT -> repository.overrideTraffic(model, Optional.of(request.getDocument()));
            case OWN_DOCUMENT -> repository.overrideTraffic(model, Optional.empty());
            case RESUME -> repository.traffic(model).resume();
            case CHANGE_NOT_SET ->
                throw InferException.invalid("expected a change: 'document', 'own_document' or 'resume'");
        }
    }

    private TrafficReport report(String model) {
        return TrafficMessages.report(repository.traffic(model).report());
    }
}
