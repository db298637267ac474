package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictResponse;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.proto.traffic.ModelTrafficRequest;
import dev.nereid.proto.traffic.SetModelTrafficRequest;
import dev.nereid.proto.traffic.TrafficReport;
import dev.nereid.proto.traffic.TrafficServiceGrpc;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traffic between the versions of a model over HTTP and gRPC. */
class TrafficServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String IDENTITY = """
            backend: "identity"
            input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 1 ] } ]
            version_policy { all { } }
            """;
    private static final String SEQUENCE = """
            backend: "sequence"
            max_batch_size: 0
            version_policy { all { } }
            input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
            output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
            sequence_batching { max_sequence_idle_microseconds: 60000000 control_input [
              { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ] },
              { name: "READY" control [ { kind: CONTROL_SEQUENCE_READY int32_false_true: [ 0, 1 ] } ] } ] }
            """;
    private static final String BODY =
            "{%s\"inputs\":[{\"name\":\"%s\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[1]}]}";

    @TempDir
    Path repository;

    @AutoClose
    private RunningServers servers;

    @AutoClose
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void prepare() {
        servers = new RunningServers(repository);
    }

    private void write(String model, String config, String traffic) throws IOException {
        servers.write(model, config);
        Files.createDirectories(repository.resolve(model).resolve("2"));
        Files.writeString(repository.resolve(model).resolve("traffic.json"), traffic);
    }

    private HttpResponse<String> post(Server server, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port(Front.HTTP).orElseThrow() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The version that answered over HTTP. */
    private String version(Server server, String path, String more, String... headers) throws IOException {
        HttpResponse<String> answer = post(server, path, BODY.formatted(more, "INPUT0"), headers);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).at("/model_version").asText();
    }

    private static ManagedChannel channel(Server server) {
        return NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.GRPC).orElseThrow())
                .usePlaintext()
                .build();
    }

    private static ModelInferRequest message(String version, Map<String, String> parameters) {
        ModelInferRequest.Builder message = ModelInferRequest.newBuilder()
                .setModelName("m")
                .setModelVersion(version)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("INPUT0")
                        .setDatatype("INT32")
                        .addShape(1)
                        .setContents(InferTensorContents.newBuilder().addIntContents(1)));
        parameters.forEach((key, value) -> message.putParameters(
                key, InferParameter.newBuilder().setStringParam(value).build()));
        return message.build();
    }

    @Test
    void labelsStandWhereAVersionMayStand() throws IOException {
        write("m", IDENTITY, "{\"labels\": {\"stable\": 1, \"canary\": 2}, \"default\": \"stable\"}");
        Server server = servers.start();

        assertThat(version(server, "/v2/models/m/infer", "")).isEqualTo("1");
        assertThat(version(server, "/v2/models/m/versions/canary/infer", "")).isEqualTo("2");
        assertThat(version(server, "/v2/models/m/versions/2/infer", "")).isEqualTo("2");
        assertThat(RunningServers.exchange(server, Front.HTTP, "/v2/models/m/versions/canary/ready", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(RunningServers.exchange(server, Front.HTTP, "/v2/models/m/versions/nobody/ready", "")
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> unknown = post(server, "/v2/models/m/versions/nobody/infer", BODY.formatted("", "INPUT0"));
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("model 'm' has no version label 'nobody'; its labels are canary, stable");
        JsonNode statistics =
                JSON.readTree(RunningServers.send(server, Front.HTTP, "/v2/models/m/versions/canary/stats", ""));
        assertThat(statistics.at("/model_stats/0/version").asText()).isEqualTo("2");
        ManagedChannel channel = channel(server);
        try {
            var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
            assertThat(stub.modelInfer(message("", Map.of())).getModelVersion()).isEqualTo("1");
            assertThat(stub.modelInfer(message("canary", Map.of())).getModelVersion())
                    .isEqualTo("2");
            assertThat(stub.modelReady(ModelReadyRequest.newBuilder()
                                    .setName("m")
                                    .setVersion("canary")
                                    .build())
                            .getReady())
                    .isTrue();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void keysAndRulesMeanTheSameOverHttpAndGrpc() throws Exception {
        write("m", IDENTITY, """
                {"split": [{"to": 1, "weight": 50}, {"to": 2, "weight": 50}],
                 "sticky": {"by": ["header:x-user-id", "parameter:user", "principal"]},
                 "rules": [{"match": {"header": {"x-tenant": "beta"}}, "to": 2}]}""");
        Server server = servers.start();
        ManagedChannel channel = channel(server);
        List<String> seen = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                String user = "user" + i;
                String version = version(server, "/v2/models/m/infer", "", "X-User-Id", user);
                assertThat(version(server, "/v2/models/m/infer", "\"parameters\":{\"user\":\"" + user + "\"},"))
                        .isEqualTo(version);
                assertThat(version(server, "/v2/models/m/infer", "", "Authorization", user))
                        .isEqualTo(version);
                Metadata metadata = new Metadata();
                metadata.put(Metadata.Key.of("x-user-id", Metadata.ASCII_STRING_MARSHALLER), user);
                var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
                assertThat(stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                                .modelInfer(message("", Map.of()))
                                .getModelVersion())
                        .isEqualTo(version);
                assertThat(stub.modelInfer(message("", Map.of("user", user))).getModelVersion())
                        .isEqualTo(version);
                assertThat(stream(channel, metadata)).isEqualTo(version);
                seen.add(version);
                assertThat(version(server, "/v2/models/m/infer", "", "X-User-Id", user, "X-Tenant", "beta"))
                        .isEqualTo("2");
                assertThat(version(server, "/v2/models/m/versions/1/infer", "", "X-Tenant", "beta"))
                        .isEqualTo("1");
            }
        } finally {
            channel.shutdownNow();
        }
        assertThat(seen).contains("1", "2");
    }

    private static String stream(ManagedChannel channel, Metadata metadata) throws Exception {
        CompletableFuture<String> version = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> requests = GRPCInferenceServiceGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse response) {
                        ModelInferResponse answer = response.getInferResponse();
                        version.complete(response.getErrorMessage() + answer.getModelVersion());
                    }

                    @Override
                    public void onError(Throwable error) {
                        version.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
        requests.onNext(message("", Map.of()));
        requests.onCompleted();
        return version.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aSequenceStaysWhereItBeganWhenTheDocumentChanges() throws IOException {
        write("s", SEQUENCE, "{\"default\": 1}");
        Server server = servers.start();
        assertThat(sequence(server, 5, true, false)).isEqualTo("1");
        Files.writeString(repository.resolve("s/traffic.json"), "{\"default\": 2}");
        post(server, "/v2/repository/models/s/load", "{}");

        assertThat(sequence(server, 6, true, false)).isEqualTo("2");
        assertThat(sequence(server, 5, false, false)).isEqualTo("1");
        Files.delete(repository.resolve("s/traffic.json"));
        post(server, "/v2/repository/models/s/load", "{}");
        assertThat(sequence(server, 5, false, true)).isEqualTo("1");
        assertThat(sequence(server, 6, false, false)).isEqualTo("2");
        Files.writeString(repository.resolve("s/traffic.json"), "{\"default\": 1}");
        post(server, "/v2/repository/models/s/load", "{}");
        assertThat(sequence(server, 6, false, true)).isEqualTo("2");
    }

    @Test
    void aSequenceThatBeganBeforeTheDocumentStaysWhereItRuns() throws IOException {
        write("s", SEQUENCE, "{\"default\": 1}");
        Files.delete(repository.resolve("s/traffic.json"));
        Server server = servers.start();
        assertThat(sequence(server, 5, true, false)).isEqualTo("2");
        Files.writeString(repository.resolve("s/traffic.json"), "{\"default\": 1}");
        post(server, "/v2/repository/models/s/load", "{}");

        assertThat(sequence(server, 5, false, false)).isEqualTo("2");
        assertThat(sequence(server, 5, false, true)).isEqualTo("2");
        assertThat(sequence(server, 5, true, true)).isEqualTo("1");
    }

    @Test
    void theApiTellsWhatWasMeasuredAndTakesDocuments() throws IOException {
        write("m", IDENTITY, "{\"labels\": {\"stable\": 1, \"canary\": 2}, \"default\": \"stable\"}");
        Server server = servers.start();
        for (int i = 0; i < 5; i++) {
            version(server, "/v2/models/m/infer", "");
        }
        version(server, "/v2/models/m/versions/canary/infer", "");
        post(server, "/v2/models/m/versions/canary/infer", BODY.formatted("", "NOBODY"));
        String path = "/v2/nereid/models/m/traffic";
        JsonNode report = JSON.readTree(RunningServers.send(server, Front.HTTP, path, ""));

        assertThat(report.at("/source").asText()).isEqualTo("model");
        assertThat(report.at("/document/default").asText()).isEqualTo("stable");
        assertThat(report.at("/labels/canary").asInt()).isEqualTo(2);
        assertThat(report.at("/versions/0/requests").asInt()).isEqualTo(5);
        assertThat(report.at("/versions/0/labels/0").asText()).isEqualTo("stable");
        assertThat(report.at("/versions/0/p50_us/value").asDouble()).isPositive();
        assertThat(report.at("/versions/1/client_errors").asInt()).isEqualTo(1);
        assertThat(report.at("/comparisons/0/version").asInt()).isEqualTo(2);
        assertThat(RunningServers.send(server, Front.METRICS, "/metrics", ""))
                .contains(
                        "nereid_traffic_requests_total{model=\"m\",route=\"default:stable\",version=\"1\"} 5",
                        "nereid_traffic_client_errors_total{model=\"m\",route=\"label:canary\",version=\"2\"} 1",
                        "nereid_traffic_duration_us_count{model=\"m\",route=\"default:stable\",version=\"1\"} 5",
                        "nereid_traffic_document_refused{model=\"m\"} 0");

        HttpResponse<String> refused = post(server, path, "{\"document\": {\"default\": 9}}");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("to '9': version 9 is not ready; ready are [1, 2]");
        assertThat(post(server, path, "{\"resume\": true}").body()).contains("no rollback that could be ended");
        assertThat(post(server, path, "{}").statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(post(server, path, "{\"document\": {\"default\": 2}}")
                                .body())
                        .at("/source")
                        .asText())
                .isEqualTo("client");
        assertThat(version(server, "/v2/models/m/infer", "")).isEqualTo("2");
        post(server, path, "{\"document\": null}");
        assertThat(version(server, "/v2/models/m/infer", "")).isEqualTo("1");
        assertThat(RunningServers.exchange(server, Front.HTTP, "/v2/nereid/models/x/traffic", "")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void theGrpcServiceDoesTheSame() throws IOException {
        write("m", IDENTITY, "{\"split\": [{\"to\": 1, \"weight\": 3}, {\"to\": 2, \"weight\": 1}]}");
        Server server = servers.start();
        version(server, "/v2/models/m/infer", "");
        ManagedChannel channel = channel(server);
        try {
            var stub = TrafficServiceGrpc.newBlockingStub(channel);
            TrafficReport report = stub.modelTraffic(
                    ModelTrafficRequest.newBuilder().setModelName("m").build());
            assertThat(report.getSplit(0).getShare()).isEqualTo(0.75);
            assertThat(report.getVersions(0).getRequests()).isEqualTo(1);
            SetModelTrafficRequest.Builder change =
                    SetModelTrafficRequest.newBuilder().setModelName("m");
            assertThat(stub.setModelTraffic(
                                    change.setDocument("{\"default\": 2}").build())
                            .getSource())
                    .isEqualTo("client");
            assertThat(version(server, "/v2/models/m/infer", "")).isEqualTo("2");
            assertThatThrownBy(() -> stub.setModelTraffic(
                            change.setDocument("{\"deflaut\": 2}").build()))
                    .hasMessageContaining("INVALID_ARGUMENT: deflaut: unknown key");
            assertThat(stub.setModelTraffic(change.setOwnDocument(true).build()).getSource())
                    .isEqualTo("model");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aResponseSaysItsRouteToWhoAsks() throws IOException {
        write("m", IDENTITY, "{\"default\": 1}");
        Server server = servers.start();
        String asking = BODY.formatted("\"parameters\":{\"nereid.route\":true},", "INPUT0");

        assertThat(JSON.readTree(post(server, "/v2/models/m/infer", asking).body())
                        .at("/parameters/nereid.route")
                        .asText())
                .isEqualTo("default:1");
        assertThat(JSON.readTree(post(server, "/v2/models/m/infer", BODY.formatted("", "INPUT0"))
                                .body())
                        .at("/parameters/nereid.route")
                        .isMissingNode())
                .isTrue();
    }

    @Test
    void aSmallerModelTakesWhatTheQueueRefuses() throws IOException {
        String batched = IDENTITY + "max_batch_size: 1\n";
        String slow = batched + """
                parameters { key: "execute_delay_ms" value { string_value: "500" } }
                instance_group [ { kind: KIND_CPU count: 1 } ]
                dynamic_batching { default_queue_policy { max_queue_size: 1 } }
                """;
        write("m", slow, "{\"fallback\": {\"on\": [\"overloaded\"], \"to\": \"model:small\"}}");
        servers.write("small", batched);
        Server server = servers.start();
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(CompletableFuture.supplyAsync(
                    () -> post(
                                    server,
                                    "/v2/models/m/infer",
                                    BODY.formatted("", "INPUT0").replace("[1],", "[1,1],"))
                            .body(),
                    task -> Thread.ofVirtual().start(task)));
        }
        int fallbacks = 0;
        for (CompletableFuture<String> answer : answers) {
            JsonNode json = JSON.readTree(answer.join());
            assertThat(json.at("/outputs/0/data/0").asInt()).as(json.toString()).isEqualTo(1);
            boolean fallback = json.at("/parameters/nereid.fallback").asBoolean();
            assertThat(json.at("/model_name").asText()).isEqualTo(fallback ? "small" : "m");
            fallbacks += fallback ? 1 : 0;
        }

        assertThat(fallbacks).isBetween(3, 5);
        assertThat(RunningServers.send(server, Front.METRICS, "/metrics", ""))
                .contains("nereid_traffic_requests_total{model=\"m\",route=\"fallback\",version=\"0\"} " + fallbacks);
    }

    @Test
    void aFallbackThatIsLoadedLaterIsTakenOrReported() throws IOException {
        String batched = IDENTITY + "max_batch_size: 1\n";
        write("m", batched + """
                parameters { key: "execute_delay_ms" value { string_value: "200" } }
                instance_group [ { kind: KIND_CPU count: 1 } ]
                dynamic_batching { default_queue_policy { max_queue_size: 1 } }
                """, "{\"fallback\": {\"on\": [\"overloaded\"], \"to\": \"model:late\"}}");
        Server server = servers.start();
        servers.write("late", batched.replace("INPUT0", "IN"));
        post(server, "/v2/repository/models/late/load", "{}");
        assertThat(problemAfterTooManyRequests(server)).contains("fallback.to: model 'late' has other inputs");

        servers.write("late", batched);
        post(server, "/v2/repository/models/late/load", "{}");
        assertThat(problemAfterTooManyRequests(server)).isEmpty();
        assertThat(RunningServers.send(server, Front.METRICS, "/metrics", ""))
                .contains("nereid_traffic_requests_total{model=\"m\",route=\"fallback\",version=\"0\"}");
    }

    private String problemAfterTooManyRequests(Server server) throws IOException {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(CompletableFuture.supplyAsync(
                    () -> post(
                            server,
                            "/v2/models/m/infer",
                            BODY.formatted("", "INPUT0").replace("[1],", "[1,1],")),
                    task -> Thread.ofVirtual().start(task)));
        }
        answers.forEach(CompletableFuture::join);
        return JSON.readTree(RunningServers.send(server, Front.HTTP, "/v2/nereid/models/m/traffic", ""))
                .at("/problem")
                .asText();
    }

    @Test
    void tensorflowServingNamesTheModelThatAnswered() throws IOException {
        String batched = IDENTITY + "max_batch_size: 1\n";
        write("m", batched + """
                parameters { key: "execute_delay_ms" value { string_value: "500" } }
                instance_group [ { kind: KIND_CPU count: 1 } ]
                dynamic_batching { default_queue_policy { max_queue_size: 1 } }
                """, "{\"fallback\": {\"on\": [\"overloaded\"], \"to\": \"model:small\"}}");
        servers.write("small", batched);
        Server server = servers.start("--tensorflow-grpc-port=0");
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
        TensorProto one = TensorProto.newBuilder()
                .setDtype(dev.nereid.proto.tensorflow.DataType.DT_INT32)
                .setTensorShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(1))
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(1)))
                .addIntVal(1)
                .build();
        PredictRequest message = PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("m"))
                .putInputs("INPUT0", one)
                .build();
        try {
            var stub = PredictionServiceGrpc.newFutureStub(channel);
            List<ListenableFuture<PredictResponse>> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                answers.add(stub.predict(message));
            }
            List<String> named = new ArrayList<>();
            for (ListenableFuture<PredictResponse> answer : answers) {
                ModelSpec spec = Futures.getUnchecked(answer).getModelSpec();
                named.add(spec.getName() + " " + spec.getVersion().getValue());
            }

            assertThat(named).contains("m 2", "small 1");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aModelThatCannotBeLoadedHasItsFallback() throws IOException {
        servers.write("small", IDENTITY);
        Server server = servers.start();
        servers.write("m", IDENTITY.replace("identity", "onnxruntime"));
        Files.writeString(repository.resolve("m/1/model.onnx"), "no model");
        Files.writeString(
                repository.resolve("m/traffic.json"),
                "{\"fallback\": {\"on\": [\"unavailable\"], \"to\": \"model:small\"}}");
        assertThat(post(server, "/v2/repository/models/m/load", "{}").statusCode())
                .isEqualTo(400);

        JsonNode answer = JSON.readTree(
                post(server, "/v2/models/m/infer", BODY.formatted("", "INPUT0")).body());
        assertThat(answer.at("/model_name").asText()).as(answer.toString()).isEqualTo("small");
        assertThat(answer.at("/parameters/nereid.fallback").asBoolean()).isTrue();
        assertThat(post(server, "/v2/models/m/versions/1/infer", BODY.formatted("", "INPUT0"))
                        .statusCode())
                .as("explicit")
                .isEqualTo(503);
    }

    @Test
    void aVersionThatStandsInForAnotherOneSaysSo() throws IOException {
        write("m", IDENTITY, """
                {"labels": {"stable": 1, "canary": 2},
                 "fallback": {"on": ["unavailable"], "to": "stable", "even_explicit": true}}""");
        Server server = servers.start();
        servers.write("m", IDENTITY.replace("all { }", "specific { versions: [ 1 ] }"));
        assertThat(post(server, "/v2/repository/models/m/load", "{}").statusCode())
                .isEqualTo(200);
        for (String version : List.of("2", "canary")) {
            JsonNode answer = JSON.readTree(
                    post(server, "/v2/models/m/versions/" + version + "/infer", BODY.formatted("", "INPUT0"))
                            .body());

            assertThat(answer.at("/model_version").asText())
                    .as(answer.toString())
                    .isEqualTo("1");
            assertThat(answer.at("/parameters/nereid.fallback").asBoolean())
                    .as(version)
                    .isTrue();
        }
        assertThat(post(server, "/v2/models/m/versions/7/infer", BODY.formatted("", "INPUT0"))
                        .statusCode())
                .as("a version that never was")
                .isEqualTo(404);
        JsonNode own = JSON.readTree(post(server, "/v2/models/m/versions/1/infer", BODY.formatted("", "INPUT0"))
                .body());
        assertThat(own.at("/parameters/nereid.fallback").isMissingNode()).isTrue();
    }

    @Test
    void aFallbackWithOtherInputsIsRefused() throws IOException {
        write("m", IDENTITY, "{}");
        servers.write("other", IDENTITY.replace("INPUT0", "IN"));
        Server server = servers.start();

        assertThat(post(
                                server,
                                "/v2/nereid/models/m/traffic",
                                "{\"document\": {\"fallback\": {\"on\": [\"deadline\"], \"to\": \"model:other\"}}}")
                        .body())
                .contains("fallback.to: model 'other' has other inputs");
    }

    @Test
    void aShadowIsComparedWithWhatIsAnswered() throws IOException {
        write("scaling", """
                backend: "onnxruntime"
                version_policy { all { } }
                input { name: "X" data_type: TYPE_FP32 dims: 3 }
                output { name: "Y" data_type: TYPE_FP32 dims: 3 }
                """, """
                {"default": 1, "shadow": [
                  {"to": 2, "percent": 100, "max_in_flight": 100, "compare": {"outputs": {"Y": {"rel": 0.01}}}},
                  {"to": 2, "percent": 100, "max_in_flight": 100, "compare": {"argmax": ["Y"]}}]}""");
        for (int version = 1; version <= 2; version++) {
            new GraphWriter()
                    .input("X", DataType.FLOAT, 3)
                    .constant("SCALE", (float) version)
                    .output("Y", DataType.FLOAT, 3)
                    .node("Mul", "Y", "X", "SCALE")
                    .write(repository.resolve("scaling/" + version));
        }
        Path differences = repository.resolveSibling("differences");
        Server server = servers.start("--shadow-differences-file=" + differences);
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> answer = post(
                    server,
                    "/v2/models/scaling/infer",
                    "{\"inputs\":[{\"name\":\"X\",\"datatype\":\"FP32\",\"shape\":[3],\"data\":[1,2,3]}]}");
            assertThat(JSON.readTree(answer.body()).at("/outputs/0/data/2").asInt())
                    .isEqualTo(3);
        }
        Until.until(
                "every shadow has ended",
                () -> shadows(server).stream().mapToLong(Long::longValue).sum() == 40);

        List<Long> counts = shadows(server);
        assertThat(counts.get(0)).as("matches within 1 %").isZero();
        assertThat(counts.get(1)).as("differences").isPositive();
        assertThat(counts.get(4)).as("matches by argmax").isPositive();
        assertThat(counts.get(5)).isZero();
        assertThat(Files.readString(differences)).contains("\"output\":\"Y\",\"index\":0");
        assertThat(RunningServers.send(server, Front.METRICS, "/metrics", ""))
                .contains("nereid_shadow_total{model=\"scaling\",outcome=\"diff\",version=\"2\"} " + counts.get(1));
        Until.until("nothing is held", () -> server.repository().inFlight() == 0);
    }

    private List<Long> shadows(Server server) {
        try {
            JsonNode report =
                    JSON.readTree(RunningServers.send(server, Front.HTTP, "/v2/nereid/models/scaling/traffic", ""));
            List<Long> counts = new ArrayList<>();
            report.at("/shadows").forEach(shadow -> {
                for (String name : List.of("matches", "differences", "errors", "dropped")) {
                    counts.add(shadow.at("/" + name).asLong());
                }
            });
            return counts;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void sequencesHaveNoShadows() throws IOException {
        write("s", SEQUENCE, "{}");
        Server server = servers.start();

        assertThat(post(
                                server,
                                "/v2/nereid/models/s/traffic",
                                "{\"document\": {\"shadow\": [{\"to\": 2, \"percent\": 1}]}}")
                        .body())
                .contains("shadow[0]: expected a model that is not decoupled and has no sequences");
    }

    @Test
    void theLabelsOfTensorflowServingAreTheSame() throws IOException {
        write("m", IDENTITY, "{\"labels\": {\"stable\": 1, \"canary\": 2}, \"default\": \"stable\"}");
        Server server = servers.start("--tensorflow-rest-port=0", "--tensorflow-grpc-port=0");
        String body = "{\"inputs\": [1]}";
        for (String path : List.of("/v1/models/m:predict", "/v1/models/m/labels/canary:predict")) {
            assertThat(RunningServers.exchange(server, Front.TENSORFLOW_REST, path, body)
                            .statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        assertThat(RunningServers.exchange(server, Front.TENSORFLOW_REST, "/v1/models/m/labels/x:predict", body)
                        .body())
                .contains("Unrecognized servable version label: x");
        assertThat(JSON.readTree(RunningServers.send(server, Front.HTTP, "/v2/nereid/models/m/traffic", ""))
                        .at("/routes")
                        .toString())
                .isEqualTo(
                        "[{\"version\":1,\"route\":\"default:stable\",\"requests\":1,\"errors\":0,\"client_errors\":0},"
                                + "{\"version\":2,\"route\":\"label:canary\",\"requests\":1,\"errors\":0,\"client_errors\":0}]");
    }

    private String sequence(Server server, long id, boolean start, boolean end) throws IOException {
        String parameters = "\"parameters\":{\"sequence_id\":" + id + ",\"sequence_start\":" + start
                + ",\"sequence_end\":" + end + "},";
        HttpResponse<String> answer = post(server, "/v2/models/s/infer", BODY.formatted(parameters, "INPUT"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).at("/model_version").asText();
    }
}
