package dev.nereid.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.ModelConfigRequest;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelStatisticsRequest;
import dev.nereid.proto.inference.ServerMetadataRequest;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.TraceSettingRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A server's metadata over gRPC: the same JSON as over HTTP, because protobuf can print it. */
public final class GrpcServerApi implements ServerApi {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().preservingProtoFieldNames();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 30;

    private final Channel channel;

    /** @param channel with the metadata that the server wants; its owner closes it */
    public GrpcServerApi(Channel channel) {
        this.channel = channel;
    }

    @Override
    public ModelContract contract(String model, String version) {
        JsonNode metadata = json(() -> stub().modelMetadata(ModelMetadataRequest.newBuilder()
                .setName(model)
                .setVersion(version)
                .build()));
        try {
            Message answer = stub().modelConfig(ModelConfigRequest.newBuilder()
                    .setName(model)
                    .setVersion(version)
                    .build());
            return ContractReader.of(metadata, json(() -> answer).path("config"), version);
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                return ContractReader.ofMetadata(metadata, version);
            }
            throw ServerException.refused(e);
        }
    }

    @Override
    public boolean hasStatistics() {
        for (JsonNode extension : json(() -> stub().serverMetadata(ServerMetadataRequest.getDefaultInstance()))
                .path("extensions")) {
            if (extension.asText().equals("statistics")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public List<ModelStatistics> statistics(String model, String version) {
        return StatisticsReader.of(json(() -> stub().modelStatistics(ModelStatisticsRequest.newBuilder()
                .setName(model)
                .setVersion(version)
                .build())));
    }

    @Override
    public void registerRegion(String region, String key, long bytes) {
        call(() -> stub().systemSharedMemoryRegister(SystemSharedMemoryRegisterRequest.newBuilder()
                .setName(region)
                .setKey(key)
                .setByteSize(bytes)
                .build()));
    }

    @Override
    public void unregisterRegion(String region) {
        call(() -> stub().systemSharedMemoryUnregister(SystemSharedMemoryUnregisterRequest.newBuilder()
                .setName(region)
                .build()));
    }

    @Override
    public void traceSettings(String model, Map<String, List<String>> settings) {
        TraceSettingRequest.Builder request = TraceSettingRequest.newBuilder().setModelName(model);
        settings.forEach((name, values) -> request.putSettings(
                name,
                TraceSettingRequest.SettingValue.newBuilder()
                        .addAllValue(values)
                        .build()));
        call(() -> stub().traceSetting(request.build()));
    }

    @Override
    public void close() {
        // The channel belongs to its owner.
    }

    private GRPCInferenceServiceBlockingStub stub() {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static Message call(Supplier<Message> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw ServerException.refused(e);
        }
    }

    private static JsonNode json(Supplier<Message> call) {
        try {
            return JSON.readTree(PRINTER.print(call(call)));
        } catch (IOException e) {
            throw new ServerException("an answer cannot be read: " + e.getMessage(), e);
        }
    }
}
