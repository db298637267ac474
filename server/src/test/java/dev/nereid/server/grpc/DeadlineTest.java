package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadlineTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);

    @TempDir
    private Path root;

    @Test
    void aRequestThatCannotBeAnsweredInTimeIsUnavailableAndCountsAsRejected() throws IOException {
        ModelFolders.write(root, "m", """
                backend: "identity"
                max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 2 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 2 ] } ]
                dynamic_batching { }
                parameters { key: "scheduler.policy" value { string_value: "adaptive" } }
                parameters { key: "scheduler.slo_ms" value { string_value: "5000" } }
                """);
        SlabPool memory = new SlabPool(1 << 20);
        ModelRepository repository =
                ModelRepository.start(RepositoryConfig.of(root), new Backends(List.of(new IdentityBackend())));
        repository.startup().orTimeout(30, TimeUnit.SECONDS).join();
        GrpcFront front = GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton"), repository, memory);
        ManagedChannel channel = RunningFront.channel(front.port());
        try {
            GRPCInferenceServiceBlockingStub stub =
                    GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(SECONDS);
            ModelInferRequest request = IdentityModels.request("m", "INT32", 1, 2)
                    .addRawInputContents(ByteString.copyFrom(new byte[8]))
                    .build();
            ModelInferRequest hurried = request.toBuilder()
                    .putParameters(
                            "timeout",
                            InferParameter.newBuilder().setInt64Param(1).build())
                    .build();
            StatusRuntimeException refusal =
                    Assertions.catchThrowableOfType(StatusRuntimeException.class, () -> stub.modelInfer(hurried));
            assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refusal.getStatus().getDescription())
                    .contains("model 'm' cannot answer before the request's deadline");
            assertThat(repository.find("m", "").statistics().snapshot().failures())
                    .containsEntry(FailureReason.REJECTED, 1L);

            assertThat(stub.modelInfer(request).getRawOutputContents(0)).hasSize(8);
        } finally {
            channel.shutdownNow();
            front.stop(SECONDS);
            assertThat(repository.close(SECONDS)).isTrue();
            memory.close();
        }
    }
}
