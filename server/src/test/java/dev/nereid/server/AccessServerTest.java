package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.LogSettingsRequest;
import dev.nereid.proto.inference.ModelConfigRequest;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ModelStatisticsRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.RepositoryIndexRequest;
import dev.nereid.proto.inference.RepositoryModelLoadRequest;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.TraceSettingRequest;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server with keys and rules: who may not see a model cannot tell it from one that there is not. */
@Timeout(120)
class AccessServerTest {
    private static final String TEAM = "team-key";
    private static final String ADMIN = "admin-key";
    private static final String NOBODY = "";

    /** The model that the team may not see, and one that there is not. */
    private static final List<String> UNSEEN = List.of("hidden", "absent");

    @TempDir
    private static Path folder;

    private static Server server;
    private static ManagedChannel channel;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        Path models = Files.createDirectory(folder.resolve("models"));
        for (String name : List.of("open", "hidden")) {
            ModelFolders.write(models, name, """
                    name: "%s" backend: "identity" max_batch_size: 8
                    input [{ name: "INPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
                    output [{ name: "OUTPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
                    """.formatted(name));
        }
        Path keys = Files.writeString(folder.resolve("keys.yaml"), """
                keys:
                - {id: team, sha256: %s, groups: [team]}
                - {id: admin, sha256: %s, groups: [admins]}
                """.formatted(sha256(TEAM), sha256(ADMIN)));
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                rules:
                - {groups: [anonymous], models: [], apis: [health]}
                - {groups: [admins]}
                - groups: [team]
                  models: ["op*"]
                  apis: [health, inference, metadata, model-config, model-repository, statistics]
                """);
        server = Server.start(RunningServers.config(
                models, "--api-keys=" + keys, "--access-policy=" + policy, "--tensorflow-rest-port=0"));
        assertThat(server.startup().get(60, TimeUnit.SECONDS)).isEmpty();
        channel = RunningServers.channel(server);
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        CLIENT.shutdownNow();
        assertThat(server.stop()).isTrue();
    }

    private static String sha256(String key) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    private static HttpResponse<String> send(Front front, String key, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port(front).orElseThrow() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(String key, String path) throws IOException, InterruptedException {
        return send(Front.HTTP, key, "GET", path, "");
    }

    private static String infer() {
        return "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1,2],\"data\":[1,2]}]}";
    }

    @Test
    void whoShowsNothingMayAskForHealthAlone() throws Exception {
        assertThat(get(NOBODY, "/v2/health/ready").statusCode()).isEqualTo(200);
        for (String path : List.of("/v2", "/v2/models/open", "/v2/models/open/config", "/v2/logging", "/v2/nothing")) {
            HttpResponse<String> answer = get(NOBODY, path);
            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
        assertThat(get(NOBODY, "/v2/models/open/ready").statusCode()).isNotEqualTo(200);
        assertThat(get("unknown", "/v2/health/ready").statusCode()).isEqualTo(401);
        assertThat(send(Front.METRICS, NOBODY, "GET", "/metrics", "").statusCode())
                .isEqualTo(401);
        assertThat(send(Front.HTTP, NOBODY, "POST", "/v2/models/open/infer", infer())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void overHttpAnUnseenModelIsAnUnknownOne() throws Exception {
        assertThat(send(Front.HTTP, TEAM, "POST", "/v2/models/open/infer", infer())
                        .body())
                .contains("\"data\":[1,2]");
        assertThat(send(Front.HTTP, ADMIN, "POST", "/v2/models/hidden/infer", infer())
                        .statusCode())
                .isEqualTo(200);
        for (String path :
                List.of("", "/config", "/ready", "/stats", "/versions/1", "/versions/x", "/versions/1/ready")) {
            assertAlike(model -> answer(TEAM, "GET", "/v2/models/" + model + path, ""));
        }
        for (String path : List.of("/infer", "/versions/1/infer", "/generate", "/versions/2/infer")) {
            assertAlike(model -> answer(TEAM, "POST", "/v2/models/" + model + path, infer()));
        }
        for (String call : List.of("load", "unload")) {
            assertAlike(model -> answer(TEAM, "POST", "/v2/repository/models/" + model + "/" + call, "{}"));
        }
        assertAlike(model -> answer(TEAM, "GET", "/v2/nereid/models/" + model + "/traffic", ""));
    }

    /** Answers about the two models differ in the name alone. */
    private static void assertAlike(Function<String, String> answer) {
        List<String> answers = UNSEEN.stream()
                .map(model -> answer.apply(model).replace(model, "MODEL"))
                .toList();
        assertThat(answers.getFirst()).isEqualTo(answers.getLast()).doesNotStartWith("200");
    }

    private static String answer(String key, String method, String path, String body) {
        try {
            HttpResponse<String> response = send(Front.HTTP, key, method, path, body);
            return response.statusCode() + " " + response.body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void listsHaveTheModelsThatOneSees() throws Exception {
        for (String path : List.of("/v2/models/stats", "/v2/openapi.json")) {
            assertThat(get(TEAM, path).body()).contains("open").doesNotContain("hidden");
            assertThat(get(ADMIN, path).body()).contains("open", "hidden");
        }
        assertThat(answer(TEAM, "POST", "/v2/repository/index", "{}"))
                .contains("open")
                .doesNotContain("hidden");
        assertThat(send(Front.METRICS, TEAM, "GET", "/metrics", "").body())
                .contains("model=\"open\"")
                .doesNotContain("hidden");
        assertThat(send(Front.METRICS, ADMIN, "GET", "/metrics", "").body())
                .contains("model=\"open\"", "model=\"hidden\"");
    }

    @Test
    void callsThatNoRuleAllowsAreForbidden() throws Exception {
        for (String path : List.of("/v2/logging", "/v2/trace/setting", "/v2/systemsharedmemory/status")) {
            assertThat(get(TEAM, path).statusCode()).as(path).isEqualTo(403);
            assertThat(get(ADMIN, path).statusCode()).as(path).isEqualTo(200);
        }
    }

    @Test
    void tensorflowServingsClientsAreAskedAlike() throws Exception {
        for (String path : List.of("", "/metadata")) {
            List<String> answers = UNSEEN.stream()
                    .map(model -> {
                        try {
                            HttpResponse<String> response =
                                    send(Front.TENSORFLOW_REST, TEAM, "GET", "/v1/models/" + model + path, "");
                            return response.statusCode() + response.body().replace(model, "MODEL");
                        } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .toList();
            assertThat(answers.getFirst()).isEqualTo(answers.getLast()).startsWith("404");
        }
        assertThat(send(Front.TENSORFLOW_REST, ADMIN, "GET", "/v1/models/hidden", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(Front.TENSORFLOW_REST, NOBODY, "GET", "/v1/models/open", "")
                        .statusCode())
                .isNotEqualTo(200);
        assertThat(send(Front.TENSORFLOW_REST, NOBODY, "POST", "/v1/models/open:predict", "{}")
                        .statusCode())
                .isEqualTo(401);
    }

    private static GRPCInferenceServiceBlockingStub stub(String key) {
        Metadata metadata = new Metadata();
        if (!key.isEmpty()) {
            metadata.put(Metadata.Key.of("x-api-key", Metadata.ASCII_STRING_MARSHALLER), key);
        }
        return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private static String status(Runnable call) {
        try {
            call.run();
            return "OK";
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode() + " " + e.getStatus().getDescription();
        }
    }

    private static ModelInferRequest message(String model) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model);
        request.addInputsBuilder()
                .setName("INPUT0")
                .setDatatype("INT32")
                .addShape(1)
                .addShape(1)
                .getContentsBuilder()
                .addIntContents(7);
        return request.build();
    }

    @Test
    void overGrpcAnUnseenModelIsAnUnknownOne() {
        var _ = stub(TEAM).modelInfer(message("open"));
        var _ = stub(ADMIN).modelInfer(message("hidden"));
        List<Function<String, String>> calls = List.of(
                model -> status(() -> stub(TEAM).modelInfer(message(model))),
                model -> status(() -> stub(TEAM)
                        .modelMetadata(
                                ModelMetadataRequest.newBuilder().setName(model).build())),
                model -> status(() -> stub(TEAM)
                        .modelConfig(
                                ModelConfigRequest.newBuilder().setName(model).build())),
                model -> status(() -> stub(TEAM)
                        .modelStatistics(ModelStatisticsRequest.newBuilder()
                                .setName(model)
                                .build())),
                model -> status(() -> stub(TEAM)
                        .repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                                .setModelName(model)
                                .build())));
        for (Function<String, String> call : calls) {
            String hidden = call.apply("hidden").replace("hidden", "MODEL");
            assertThat(hidden)
                    .isEqualTo(call.apply("absent").replace("absent", "MODEL"))
                    .isNotEqualTo("OK");
        }
        assertThat(streamed("hidden").replace("hidden", "MODEL"))
                .isEqualTo(streamed("absent").replace("absent", "MODEL"))
                .contains("unknown model");
        assertThat(stub(TEAM)
                        .modelReady(
                                ModelReadyRequest.newBuilder().setName("hidden").build())
                        .getReady())
                .isFalse();
        assertThat(stub(TEAM)
                        .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                        .getModelsList())
                .singleElement()
                .satisfies(model -> assertThat(model.getName()).isEqualTo("open"));
    }

    /** What a stream says of a request to a model. */
    private static String streamed(String model) {
        CompletableFuture<String> said = new CompletableFuture<>();
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + TEAM);
        StreamObserver<ModelInferRequest> requests = GRPCInferenceServiceGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse response) {
                        said.complete(response.getErrorMessage());
                    }

                    @Override
                    public void onError(Throwable error) {
                        said.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
        requests.onNext(message(model));
        String answer = said.orTimeout(60, TimeUnit.SECONDS).join();
        requests.onCompleted();
        return answer;
    }

    @Test
    void overGrpcTheCodesAreThoseOfTheStandard() {
        assertThat(stub(NOBODY)
                        .serverLive(ServerLiveRequest.getDefaultInstance())
                        .getLive())
                .isTrue();
        assertThatThrownBy(() -> stub(NOBODY).modelInfer(message("open")))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
        assertThat(status(() -> stub("unknown").serverLive(ServerLiveRequest.getDefaultInstance())))
                .startsWith("UNAUTHENTICATED");
        assertThat(status(() -> stub(TEAM).logSettings(LogSettingsRequest.getDefaultInstance())))
                .isEqualTo("PERMISSION_DENIED 'team' may not make calls of logging");
        assertThat(status(() -> stub(TEAM).traceSetting(TraceSettingRequest.getDefaultInstance())))
                .startsWith("PERMISSION_DENIED");
        assertThat(status(() -> stub(ADMIN).logSettings(LogSettingsRequest.getDefaultInstance())))
                .isEqualTo("OK");
    }
}
