package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.nereid.proto.health.HealthCheckRequest;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelConfigRequest;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ModelStatisticsRequest;
import dev.nereid.proto.inference.RepositoryIndexRequest;
import dev.nereid.proto.inference.RepositoryModelLoadRequest;
import dev.nereid.proto.inference.RepositoryModelUnloadRequest;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.ServerMetadataRequest;
import dev.nereid.proto.inference.ServerReadyRequest;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What calls get between the signal and the end, in the words of Triton's core: an open sequence holds the server there. */
class ExitingServerTest {
    private static final String EXITING = "Server exiting";
    private static final String NOT_READY = "Server not ready";
    private static final String STOPPED =
            "Server is stopping, scheduler for model has stopped accepting new inference requests";

    @TempDir
    Path repository;

    private Server server;
    private ManagedChannel channel;
    private GRPCInferenceServiceBlockingStub stub;
    private CompletableFuture<Boolean> stopped;

    @BeforeEach
    void stop() throws IOException {
        RunningServers models = new RunningServers(repository);
        models.write("plain", """
                backend: "identity"
                input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1, 1 ] } ]
                output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1, 1 ] } ]
                """);
        models.write("sums", """
                backend: "sequence"
                max_batch_size: 4
                input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                sequence_batching {
                  max_sequence_idle_microseconds: 60000000
                  control_input [
                    { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ] },
                    { name: "READY" control [ { kind: CONTROL_SEQUENCE_READY int32_false_true: [ 0, 1 ] } ] }
                  ]
                }
                """);
        server = Server.start(RunningServers.config(repository));
        assertThat(server.startup().join()).isEmpty();
        channel = RunningServers.channel(server);
        stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        assertThat(infer(1, "sequence_start")).isEqualTo(1);
        stopped = CompletableFuture.supplyAsync(
                server::stop, task -> Thread.ofPlatform().start(task));
        while (exchange(server, Front.HTTP, "/v2/health/live", "").statusCode() == 200) {
            Thread.onSpinWait();
        }
    }

    /** The sequence that was open goes on, and with its end the server ends. */
    @AfterEach
    void end() {
        assertThat(stopped).isNotDone();
        assertThat(infer(1, "sequence_end")).isEqualTo(2);
        assertThat(stopped.join()).isTrue();
        channel.shutdownNow();
    }

    private int infer(long sequence, String flag) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName("sums")
                .putParameters(
                        "sequence_id",
                        InferParameter.newBuilder().setInt64Param(sequence).build())
                .putParameters(
                        flag, InferParameter.newBuilder().setBoolParam(true).build())
                .addRawInputContents(ByteString.copyFrom(new byte[] {1, 0, 0, 0}));
        request.addInputsBuilder()
                .setName("INPUT")
                .setDatatype("INT32")
                .addShape(1)
                .addShape(1);
        return stub.modelInfer(request.build()).getRawOutputContents(0).byteAt(0);
    }

    @Test
    void callsOverGrpcSayThatItExitsOrIsNotReady() {
        Map<Supplier<Object>, String> refused = new LinkedHashMap<>();
        refused.put(() -> stub.serverLive(ServerLiveRequest.getDefaultInstance()), EXITING);
        refused.put(() -> stub.serverReady(ServerReadyRequest.getDefaultInstance()), EXITING);
        refused.put(() -> HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance()), EXITING);
        refused.put(
                () -> stub.modelReady(
                        ModelReadyRequest.newBuilder().setName("sums").build()),
                NOT_READY);
        refused.put(
                () -> stub.modelMetadata(
                        ModelMetadataRequest.newBuilder().setName("sums").build()),
                NOT_READY);
        refused.put(() -> stub.modelStatistics(ModelStatisticsRequest.getDefaultInstance()), NOT_READY);
        refused.put(() -> stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()), NOT_READY);
        refused.put(
                () -> stub.repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                        .setModelName("sums")
                        .build()),
                NOT_READY);
        refused.put(
                () -> stub.repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                        .setModelName("sums")
                        .build()),
                NOT_READY);
        refused.put(() -> infer(2, "sequence_start"), STOPPED);
        refused.forEach((call, text) -> {
            StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call::get);
            assertThat(e).as(text).isNotNull();
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(e.getStatus().getDescription()).isEqualTo(text);
        });
        assertThat(stub.serverMetadata(ServerMetadataRequest.getDefaultInstance())
                        .getName())
                .isEqualTo("triton");
        assertThat(stub.modelConfig(
                                ModelConfigRequest.newBuilder().setName("sums").build())
                        .getConfig()
                        .getName())
                .isEqualTo("sums");
    }

    @Test
    void callsOverHttpSayThatItExitsOrIsNotReady() {
        String input = "{\"parameters\":{\"sequence_id\":2,\"sequence_start\":true},\"inputs\":[{\"name\":\"INPUT\","
                + "\"datatype\":\"INT32\",\"shape\":[1,1],\"data\":[1]}]}";
        refused("/v2/health/live", "", EXITING);
        refused("/v2/health/ready", "", EXITING);
        refused("/v2/models/sums/ready", "", NOT_READY);
        refused("/v2/models/sums", "", NOT_READY);
        refused("/v2/models/sums/stats", "", NOT_READY);
        refused("/v2/models/stats", "", NOT_READY);
        refused("/v2/repository/index", "{}", NOT_READY);
        refused("/v2/repository/models/sums/load", "{}", NOT_READY);
        refused("/v2/repository/models/sums/unload", "{}", NOT_READY);
        refused("/v2/models/sums/infer", input, STOPPED);
        refused("/v2/models/plain/infer", input, "[request id: <id_unknown>] " + STOPPED);
        assertThat(exchange(server, Front.HTTP, "/v2", "").statusCode()).isEqualTo(200);
        assertThat(exchange(server, Front.HTTP, "/v2/models/sums/config", "").statusCode())
                .isEqualTo(200);
    }

    private void refused(String path, String body, String text) {
        HttpResponse<String> answer = exchange(server, Front.HTTP, path, body);
        assertThat(answer.body()).as(path).isEqualTo("{\"error\":\"" + text + "\"}");
        assertThat(answer.statusCode()).as(path).isEqualTo(503);
    }
}
