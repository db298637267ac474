package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --model-control-mode=on-demand} in a whole server with two models, of which the budget holds one. */
@SuppressWarnings("NullAway.Init") // every test starts a server
class OnDemandServerTest {
    private static final Path EXAMPLE = Path.of("../models/examples/simple");

    @TempDir
    Path repository;

    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        long bytes = Files.size(EXAMPLE.resolve("1/model.onnx"));
        for (String name : List.of("x", "y")) {
            Path version = Files.createDirectories(repository.resolve(name).resolve("1"));
            Files.copy(EXAMPLE.resolve("1/model.onnx"), version.resolve("model.onnx"));
            String config = Files.readString(EXAMPLE.resolve("config.pbtxt"));
            Files.writeString(
                    repository.resolve(name).resolve("config.pbtxt"), config.replace("\"simple\"", '"' + name + '"'));
        }
        server = Server.start(RunningServers.plainConfig(
                repository, "--model-control-mode=on-demand", "--model-memory-budget=" + (bytes + bytes / 2)));
        assertThat(server.startup().join()).isEmpty();
        channel = RunningServers.channel(server);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        assertThat(server.stop()).isTrue();
    }

    private void assertLoaded(String... names) {
        String ready = send(server, Front.HTTP, "/v2/repository/index", "{\"ready\":true}");
        assertThat(List.of("x", "y"))
                .filteredOn(name -> ready.contains('"' + name + '"'))
                .containsExactly(names);
    }

    private static ModelInferRequest request(String model) {
        return RunningServers.simpleMessage().setModelName(model).build();
    }

    @Test
    void everyModelAnswersHttpThoughOneIsLoadedAtATime() {
        assertLoaded();
        for (String name : List.of("x", "y", "x")) {
            assertThat(exchange(server, Front.HTTP, "/v2/models/" + name + "/ready", "")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(send(server, Front.HTTP, "/v2/models/" + name + "/infer", RunningServers.simpleRequest("")))
                    .contains("\"model_name\":\"" + name + '"', "[2,4,6,");
            assertLoaded(name);
        }
        assertThat(exchange(server, Front.HTTP, "/v2/models/z/infer", RunningServers.simpleRequest(""))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void everyModelAnswersGrpcThoughOneIsLoadedAtATime() {
        GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub client =
                GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(1, TimeUnit.MINUTES);
        assertThat(client.modelReady(ModelReadyRequest.newBuilder().setName("y").build())
                        .getReady())
                .isTrue();
        assertLoaded();
        assertThat(client.modelMetadata(
                                ModelMetadataRequest.newBuilder().setName("x").build())
                        .getInputsCount())
                .isEqualTo(2);
        assertLoaded("x");
        ModelInferResponse response = client.modelInfer(request("y"));
        assertThat(response.getModelName()).isEqualTo("y");
        assertLoaded("y");
    }

    @Test
    void oneStreamAsksForBothModelsInTurns() throws InterruptedException {
        BlockingQueue<ModelStreamInferResponse> answers = new LinkedBlockingQueue<>();
        StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable error) {
                        answers.add(ModelStreamInferResponse.newBuilder()
                                .setErrorMessage(error.toString())
                                .build());
                    }

                    @Override
                    public void onCompleted() {}
                });
        for (int i = 0; i < 6; i++) {
            String name = i % 2 == 0 ? "x" : "y";
            stream.onNext(request(name));
            ModelStreamInferResponse answer = answers.poll(1, TimeUnit.MINUTES);
            assertThat(answer).isNotNull();
            assertThat(answer.getErrorMessage()).isEmpty();
            assertThat(answer.getInferResponse().getModelName()).isEqualTo(name);
        }
        stream.onCompleted();
    }
}
