package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.ServerMetadataRequest;
import dev.nereid.proto.traffic.TrafficServiceGrpc;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestrictedCallsTest {
    @TempDir
    private Path root;

    @Test
    void everyCallBelongsToAGroup() {
        Stream.of(
                        GRPCInferenceServiceGrpc.getServiceDescriptor(),
                        TrafficServiceGrpc.getServiceDescriptor(),
                        HealthGrpc.getServiceDescriptor(),
                        ServerReflectionGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .forEach(method -> assertThat(RestrictedCalls.group(String.valueOf(method.getBareMethodName())))
                        .as(method.getFullMethodName())
                        .isPresent());
    }

    private static Metadata metadata(String name, String value) {
        Metadata metadata = new Metadata();
        metadata.put(CallMetadata.ascii(name), value);
        return metadata;
    }

    @Test
    void wantsTheKeyOfAGuardedGroup() throws IOException {
        ModelRepository repository = IdentityModels.start(root);
        GrpcConfig config = new GrpcConfig(
                "127.0.0.1",
                0,
                "triton",
                KeepAlive.DEFAULT,
                GrpcLimits.DEFAULT,
                new ApiKeys(Map.of(ApiGroup.METADATA, new ApiKeys.Key("Admin-Key", "secret"))),
                HeaderForwarding.NONE,
                Optional.empty(),
                ResponseCompression.NONE,
                false);
        try (SlabPool memory = new SlabPool(0)) {
            GrpcFront front = GrpcFront.start(config, repository, memory, Extensions.none());
            ManagedChannel channel = RunningFront.channel(front.port());
            try {
                var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
                assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance())
                                .getLive())
                        .isTrue();
                for (Metadata wrong : List.of(
                        new Metadata(),
                        metadata("admin-key", "secret"),
                        metadata("triton-grpc-protocol-admin-key", "secre"))) {
                    Assertions.assertThatThrownBy(
                                    () -> stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(wrong))
                                            .serverMetadata(ServerMetadataRequest.getDefaultInstance()))
                            .isInstanceOf(StatusRuntimeException.class)
                            .hasMessage("UNAVAILABLE: This protocol is restricted, expecting header "
                                    + "'triton-grpc-protocol-Admin-Key'");
                }
                assertThat(stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(
                                        metadata("triton-grpc-protocol-admin-key", "secret")))
                                .serverMetadata(ServerMetadataRequest.getDefaultInstance())
                                .getName())
                        .isEqualTo("triton");
            } finally {
                channel.shutdownNow();
                front.stop(Duration.ofSeconds(5));
                repository.close(Duration.ofSeconds(5));
            }
        }
    }
}
