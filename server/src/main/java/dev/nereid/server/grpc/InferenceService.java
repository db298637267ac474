package dev.nereid.server.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.CudaSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.CudaSharedMemoryRegisterResponse;
import dev.nereid.proto.inference.CudaSharedMemoryStatusRequest;
import dev.nereid.proto.inference.CudaSharedMemoryStatusResponse;
import dev.nereid.proto.inference.CudaSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.CudaSharedMemoryUnregisterResponse;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.LogSettingsRequest;
import dev.nereid.proto.inference.LogSettingsResponse;
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
import dev.nereid.proto.inference.SystemSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterResponse;
import dev.nereid.proto.inference.SystemSharedMemoryStatusRequest;
import dev.nereid.proto.inference.SystemSharedMemoryStatusResponse;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterResponse;
import dev.nereid.proto.inference.TraceSettingRequest;
import dev.nereid.proto.inference.TraceSettingResponse;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.ServerIdentity;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.stub.StreamObserver;

/** KServe's gRPC inference service: each call goes to the part that answers it. */
final class InferenceService extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private final ServerIdentity identity;
    private final ModelRepository repository;
    private final Extensions extensions;
    private final RequestReaders readers;
    private final OpenStreams streams;

    InferenceService(
            GrpcConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            OpenStreams streams) {
        this.identity = new ServerIdentity(config.serverName());
        this.repository = repository;
        this.extensions = extensions;
        this.streams = streams;
        this.readers = new RequestReaders(memory, extensions.sharedMemory(), config.forwarding(), extensions.tracer());
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        Calls.answer(observer, () -> {
            repository.checkNotExiting();
            return ServerLiveResponse.newBuilder().setLive(repository.isLive()).build();
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
                        .setReady(
                                repository.isReady(request.getName(), request.getVersion()) && !repository.isDraining())
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
        UnaryInference.start(repository, readers, request, observer);
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> observer) {
        InferenceStream stream =
                new InferenceStream(repository, readers, CallMetadata.isStrict(), streams::remove, observer);
        streams.add(stream);
        return stream;
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

    @Override
    public void systemSharedMemoryStatus(
            SystemSharedMemoryStatusRequest request, StreamObserver<SystemSharedMemoryStatusResponse> observer) {
        Calls.answer(observer, () -> SharedMemoryMessages.status(extensions.sharedMemory(), request));
    }

    @Override
    public void systemSharedMemoryRegister(
            SystemSharedMemoryRegisterRequest request, StreamObserver<SystemSharedMemoryRegisterResponse> observer) {
        Calls.answerBlocking(observer, () -> SharedMemoryMessages.register(extensions.sharedMemory(), request));
    }

    @Override
    public void systemSharedMemoryUnregister(
            SystemSharedMemoryUnregisterRequest request,
            StreamObserver<SystemSharedMemoryUnregisterResponse> observer) {
        Calls.answerBlocking(observer, () -> SharedMemoryMessages.unregister(extensions.sharedMemory(), request));
    }

    @Override
    public void cudaSharedMemoryStatus(
            CudaSharedMemoryStatusRequest request, StreamObserver<CudaSharedMemoryStatusResponse> observer) {
        Calls.answer(observer, () -> SharedMemoryMessages.cudaStatus(extensions.sharedMemory(), request));
    }

    @Override
    public void cudaSharedMemoryRegister(
            CudaSharedMemoryRegisterRequest request, StreamObserver<CudaSharedMemoryRegisterResponse> observer) {
        Calls.answerBlocking(observer, () -> SharedMemoryMessages.registerCuda(extensions.sharedMemory(), request));
    }

    @Override
    public void cudaSharedMemoryUnregister(
            CudaSharedMemoryUnregisterRequest request, StreamObserver<CudaSharedMemoryUnregisterResponse> observer) {
        Calls.answerBlocking(observer, () -> SharedMemoryMessages.unregisterCuda(extensions.sharedMemory(), request));
    }

    @Override
    public void traceSetting(TraceSettingRequest request, StreamObserver<TraceSettingResponse> observer) {
        Calls.answer(observer, () -> TraceMessages.settings(extensions.trace(), repository, request));
    }

    @Override
    public void logSettings(LogSettingsRequest request, StreamObserver<LogSettingsResponse> observer) {
        Calls.answerBlocking(observer, () -> LogMessages.settings(extensions.log(), request));
    }
}
