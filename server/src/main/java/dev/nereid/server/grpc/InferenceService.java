package dev.nereid.server.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelConfigRequest;
import dev.nereid.proto.inference.ModelConfigResponse;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelMetadataResponse;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ModelReadyResponse;
import dev.nereid.proto.inference.ModelStatisticsRequest;
import dev.nereid.proto.inference.ModelStatisticsResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.RepositoryIndexRequest;
import dev.nereid.proto.inference.RepositoryIndexResponse;
import dev.nereid.proto.inference.RepositoryModelLoadRequest;
import dev.nereid.proto.inference.RepositoryModelLoadResponse;
import dev.nereid.proto.inference.RepositoryModelUnloadRequest;
import dev.nereid.proto.inference.RepositoryModelUnloadResponse;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.ServerLiveResponse;
import dev.nereid.proto.inference.ServerMetadataRequest;
import dev.nereid.proto.inference.ServerMetadataResponse;
import dev.nereid.proto.inference.ServerReadyRequest;
import dev.nereid.proto.inference.ServerReadyResponse;
import dev.nereid.server.protocol.ServerIdentity;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.stub.StreamObserver;

/** KServe's gRPC inference service: each call goes to the part that answers it. */
final class InferenceService extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private final ServerIdentity identity;
    private final ModelRepository repository;
    private final SlabPool memory;

    InferenceService(GrpcConfig config, ModelRepository repository, SlabPool memory) {
        this.identity = new ServerIdentity(config.serverName());
        this.repository = repository;
        this.memory = memory;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        Calls.answer(observer, () -> {
            repository.checkNotExiting();
            return ServerLiveResponse.newBuilder().setLive(true).build();
        });
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        Calls.answer(observer, () -> {
            repository.checkNotExiting();
            return ServerReadyResponse.newBuilder()
                    .setReady(repository.isReady())
                    .build();
        });
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        Calls.answer(
                observer,
                () -> ModelReadyResponse.newBuilder()
                        .setReady(repository.isReady(request.getName(), request.getVersion()))
                        .build());
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        Calls.answer(
                observer,
                () -> ServerMetadataResponse.newBuilder()
                        .setName(identity.name())
                        .setVersion(ServerIdentity.VERSION)
                        .addAllExtensions(ServerIdentity.EXTENSIONS)
                        .build());
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        Calls.answer(observer, () -> ModelMessages.metadata(repository, request));
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
        Calls.answer(
                observer,
                () -> ModelConfigResponse.newBuilder()
                        .setConfig(repository
                                .find(request.getName(), request.getVersion())
                                .config())
                        .build());
    }

    @Override
    public void modelStatistics(ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
        Calls.answer(observer, () -> StatisticsMessages.statistics(repository, request));
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        new UnaryInference(repository, memory, observer).start(request);
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> observer) {
        return new InferenceStream(repository, memory, observer);
    }

    @Override
    public void repositoryIndex(RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
        Calls.answer(observer, () -> RepositoryMessages.index(repository, request));
    }

    @Override
    public void repositoryModelLoad(
            RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
        Calls.answerBlocking(observer, () -> RepositoryMessages.load(repository, request));
    }

    @Override
    public void repositoryModelUnload(
            RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> observer) {
        Calls.answerBlocking(observer, () -> RepositoryMessages.unload(repository, request));
    }
}
