package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.RepositoryModelLoadRequest;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server with an access log: the lines of calls in every protocol. */
@Timeout(120)
class AccessLogServerTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    @TempDir
    private Path folder;

    private Path log;
    private RunningServers servers;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void write() throws IOException {
        log = folder.resolve("access.log");
        servers = new RunningServers(Files.createDirectory(folder.resolve("models")));
        servers.writeSimple("");
    }

    @AfterEach
    void stop() {
        client.shutdownNow();
        servers.close();
    }

    /** The lines about calls of a path. */
    private List<JsonNode> lines(String path) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            JsonNode read = new ObjectMapper().readTree(line);
            if (read.path("path").asText().equals(path)) {
                lines.add(read);
            }
        }
        return lines;
    }

    /** The one line about a call of a path, once it is written: a client may have its answer before. */
    private JsonNode line(String path) throws IOException {
        Until.until("a call of " + path + " has its line", () -> {
            try {
                return !lines(path).isEmpty();
            } catch (IOException e) {
                return false; // half of a line
            }
        });
        assertThat(lines(path)).as(path).hasSize(1);
        return lines(path).getFirst();
    }

    private int send(Server server, Front front, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + RunningServers.port(server, front) + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void anInferenceOverHttpHasItsLine() throws Exception {
        Server server = servers.start("--access-log=" + log);
        String body = RunningServers.simpleRequest("\"id\":\"a\\nb\",");
        send(
                server,
                Front.HTTP,
                "/v2/models/simple/infer?x=1",
                body,
                "traceparent",
                "00-" + TRACE + "-b7ad6b7169203331-01");

        JsonNode line = line("/v2/models/{model}/infer");
        assertThat(line.path("protocol").asText()).isEqualTo("HTTP");
        assertThat(line.path("client").asText()).startsWith("127.0.0.1:");
        assertThat(line.path("method").asText()).isEqualTo("POST");
        assertThat(line.path("model").asText()).isEqualTo("simple");
        assertThat(line.path("version").asText()).isEqualTo("1");
        assertThat(line.path("id").asText()).isEqualTo("a\nb");
        assertThat(line.path("trace_id").asText()).isEqualTo(TRACE);
        assertThat(line.path("status").asText()).isEqualTo("200");
        assertThat(line.path("bytes_in").asInt()).isEqualTo(body.length());
        assertThat(line.path("bytes_out").asInt()).isGreaterThan(100);
        assertThat(line.path("batch").asInt()).isEqualTo(1);
        assertThat(line.has("requests")).isFalse();
        assertThat(line.has("principal")).isFalse();
        assertThat(line.path("queue_us").asLong(-1)).isNotNegative();
        assertThat(line.path("total_us").asLong())
                .isGreaterThanOrEqualTo(
                        line.path("queue_us").asLong() + line.path("compute_us").asLong(-1));
    }

    @Test
    void anInferenceOverGrpcHasItsLine() throws Exception {
        Server server = servers.start("--access-log=" + log);
        ManagedChannel channel = RunningServers.channel(server);
        try {
            ModelInferRequest request =
                    RunningServers.simpleMessage().setId("seven").build();
            GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request);

            JsonNode line = line("inference.GRPCInferenceService/ModelInfer");
            assertThat(line.path("protocol").asText()).isEqualTo("gRPC");
            assertThat(line.path("client").asText()).startsWith("127.0.0.1:");
            assertThat(line.has("method")).isFalse();
            assertThat(line.path("model").asText()).isEqualTo("simple");
            assertThat(line.path("version").asText()).isEqualTo("1");
            assertThat(line.path("id").asText()).isEqualTo("seven");
            assertThat(line.path("status").asText()).isEqualTo("OK");
            assertThat(line.path("bytes_in").asInt()).isGreaterThanOrEqualTo(request.getSerializedSize());
            assertThat(line.path("bytes_out").asInt()).isGreaterThan(100);
            assertThat(line.path("batch").asInt()).isEqualTo(1);
            assertThat(line.has("compute_us")).isTrue();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aStreamIsOneCall() throws Exception {
        Server server = servers.start("--access-log=" + log);
        ManagedChannel channel = RunningServers.channel(server);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try {
            StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                    .modelStreamInfer(new StreamObserver<>() {
                        @Override
                        public void onNext(ModelStreamInferResponse response) {}

                        @Override
                        public void onError(Throwable error) {
                            ended.completeExceptionally(error);
                        }

                        @Override
                        public void onCompleted() {
                            ended.complete(null);
                        }
                    });
            for (int i = 0; i < 3; i++) {
                stream.onNext(RunningServers.simpleMessage().setId("r" + i).build());
            }
            stream.onCompleted();
            ended.get(60, TimeUnit.SECONDS);

            JsonNode line = line("inference.GRPCInferenceService/ModelStreamInfer");
            assertThat(line.path("requests").asInt()).isEqualTo(3);
            assertThat(line.path("id").asText()).isEqualTo("r0");
            assertThat(line.path("model").asText()).isEqualTo("simple");
            assertThat(line.path("status").asText()).isEqualTo("OK");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void anEnsembleIsOneRequest() throws Exception {
        servers.write("both", """
                platform: "ensemble" max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 16 ] }, { name: "INPUT1" data_type: TYPE_INT32 dims: [ 16 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 16 ] } ]
                ensemble_scheduling { step [ { model_name: "simple" model_version: -1
                  input_map { key: "INPUT0" value: "INPUT0" } input_map { key: "INPUT1" value: "INPUT1" }
                  output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
                """);
        Server server = servers.start("--access-log=" + log);
        assertThat(send(server, Front.HTTP, "/v2/models/both/infer", RunningServers.simpleRequest("")))
                .isEqualTo(200);

        JsonNode line = line("/v2/models/{model}/infer");
        assertThat(line.path("model").asText()).isEqualTo("both");
        assertThat(line.has("requests")).isFalse();
        assertThat(line.path("batch").asInt()).isEqualTo(1);
    }

    @Test
    void callsThatFailAreLoggedWhateverTheSample() throws Exception {
        Server server = servers.start("--access-log=" + log, "--access-log-sample=0");
        ManagedChannel channel = RunningServers.channel(server);
        try {
            assertThat(send(server, Front.HTTP, "/v2/models/simple/infer", RunningServers.simpleRequest("")))
                    .isEqualTo(200);
            assertThat(send(server, Front.HTTP, "/v2/models/absent/infer", RunningServers.simpleRequest("")))
                    .isEqualTo(404);
            assertThat(send(server, Front.HTTP, "/nowhere?secret=1", "")).isEqualTo(404);
            GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub =
                    GRPCInferenceServiceGrpc.newBlockingStub(channel);
            assertThatThrownBy(() -> stub.modelInfer(
                            RunningServers.simpleMessage().setModelName("gone").build()))
                    .isInstanceOf(StatusRuntimeException.class);
            assertThatThrownBy(() -> stub.repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                            .setModelName("lost")
                            .build()))
                    .isInstanceOf(StatusRuntimeException.class);

            assertThat(line("/v2/models/{model}/infer").path("model").asText()).isEqualTo("absent");
            assertThat(line("/nowhere").path("status").asText()).isEqualTo("404");
            JsonNode infer = line("inference.GRPCInferenceService/ModelInfer");
            assertThat(infer.path("model").asText()).isEqualTo("gone");
            assertThat(infer.path("status").asText()).isEqualTo("NOT_FOUND");
            assertThat(line("inference.GRPCInferenceService/RepositoryModelLoad")
                            .path("model")
                            .asText())
                    .isEqualTo("lost");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void whoCallsIsNamed() throws Exception {
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest("key".getBytes(StandardCharsets.UTF_8)));
        Path keys = Files.writeString(folder.resolve("keys.yaml"), "keys:\n- {id: team, sha256: " + hash + "}\n");
        Server server = servers.start("--access-log=" + log, "--api-keys=" + keys);
        send(server, Front.HTTP, "/v2/models/simple", "", "X-API-Key", "key");
        send(server, Front.HTTP, "/v2", "");

        assertThat(line("/v2/models/{model}").path("principal").asText()).isEqualTo("team");
        JsonNode refused = line("/v2");
        assertThat(refused.path("principal").asText()).isEqualTo("anonymous");
        assertThat(refused.path("status").asText()).isEqualTo("401");
    }

    @Test
    void otherProtocolsHaveTheirLinesToo() throws Exception {
        Server server = servers.start("--access-log=" + log, "--tensorflow-rest-port=0");
        String row = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]";
        assertThat(send(
                        server,
                        Front.TENSORFLOW_REST,
                        "/v1/models/simple:predict",
                        "{\"inputs\":{\"INPUT0\":[" + row + "],\"INPUT1\":[" + row + "]}}"))
                .isEqualTo(200);
        assertThat(send(server, Front.METRICS, "/metrics", "")).isEqualTo(200);

        JsonNode line = line("/v1/models/simple:predict");
        assertThat(line.path("model").asText()).isEqualTo("simple");
        assertThat(line.path("batch").asInt()).isEqualTo(1);
        assertThat(line("/metrics").path("status").asText()).isEqualTo("200");
        assertThat(RunningServers.send(server, Front.METRICS, "/metrics", ""))
                .contains("nereid_access_log_dropped_total 0");
    }

    @Test
    void aWrongShareIsRefused() {
        assertThatThrownBy(() -> servers.start("--access-log=" + log, "--access-log-sample=2"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("expected a share from 0 to 1, got 2.0");
    }
}
