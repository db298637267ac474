package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.StartException;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The whole server, started and stopped in this process on free loopback ports. */
class ServerTest {
    private static final Path EXAMPLES = Path.of("../models/examples");

    @TempDir
    Path repository;

    private ServerConfig config(String... more) {
        return RunningServers.plainConfig(repository, more);
    }

    private void copyExample(String name) throws IOException {
        Files.createDirectories(repository.resolve(name).resolve("1"));
        for (String file : List.of("config.pbtxt", "1/model.onnx")) {
            Files.copy(
                    EXAMPLES.resolve(name).resolve(file),
                    repository.resolve(name).resolve(file));
        }
    }

    private static HttpResponse<String> get(Server server, Front front, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.port(front).orElseThrow() + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void servesAndStops() throws Exception {
        copyExample("simple");
        Server server = Server.start(config());
        try {
            assertThat(server.startup().get()).isEmpty();
            assertThat(get(server, Front.HTTP, "/v2/health/ready").statusCode()).isEqualTo(200);
            assertThat(get(server, Front.METRICS, "/metrics").body())
                    .contains("nv_inference_request_success{model=\"simple\",version=\"1\"} 0")
                    .contains("nereid_native_memory_bytes");
            assertThat(server.httpHost())
                    .contains("127.0.0.1:" + server.port(Front.HTTP).orElseThrow());
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    @Test
    void namesModelsThatCannotBeLoadedAndServesTheOthers() throws Exception {
        copyExample("simple");
        Files.createDirectories(repository.resolve("broken/1"));
        Files.writeString(repository.resolve("broken/1/model.onnx"), "not a model");
        Server server = Server.start(config("--strict-readiness=false"));
        try {
            assertThat(server.startup().get()).singleElement().asString().contains("broken");
            assertThat(get(server, Front.HTTP, "/v2/models/simple/ready").statusCode())
                    .isEqualTo(200);
        } finally {
            server.stop();
        }
    }

    @Test
    void opensOnlyTheFrontsThatAreAllowed() throws Exception {
        copyExample("simple");
        Server server = Server.start(config("--allow-grpc=false", "--allow-metrics=false"));
        try {
            assertThat(server.port(Front.HTTP)).isPresent();
            assertThat(server.port(Front.GRPC)).isEmpty();
            assertThat(server.port(Front.METRICS)).isEmpty();
        } finally {
            server.stop();
        }
    }

    /** Triton's suite on sockets starts servers so. */
    @Test
    void startsWhateverPortAFrontHasThatIsNotOpened() throws Exception {
        copyExample("simple");
        Server server =
                Server.start(config("--allow-http=0", "--http-port=-47", "--allow-grpc=0", "--grpc-port=70000"));
        try {
            assertThat(server.port(Front.METRICS)).isPresent();
            assertThat(server.port(Front.HTTP)).isEmpty();
        } finally {
            server.stop();
        }
    }

    @Test
    void saysInOneSentenceThatAPortIsTaken() throws Exception {
        copyExample("simple");
        Server first = Server.start(config());
        try {
            int http = first.port(Front.HTTP).orElseThrow();
            int grpc = first.port(Front.GRPC).orElseThrow();
            int metrics = first.port(Front.METRICS).orElseThrow();

            assertThatThrownBy(() -> Server.start(config("--http-port=" + http)))
                    .isInstanceOf(StartException.class)
                    .hasMessage("failed to start HTTP service: Unavailable - Socket '127.0.0.1:" + http
                            + "' already in use; choose another port with --http-port");
            assertThatThrownBy(() -> Server.start(config("--grpc-port=" + grpc)))
                    .isInstanceOf(StartException.class)
                    .hasMessageStartingWith("failed to start GRPC service: Unavailable - Socket '127.0.0.1:" + grpc
                            + "' already in use");
            assertThatThrownBy(() -> Server.start(config("--metrics-port=" + metrics)))
                    .isInstanceOf(StartException.class)
                    .hasMessageStartingWith("failed to start Metrics service: Unavailable - Socket '127.0.0.1:"
                            + metrics + "' already in use");
        } finally {
            first.stop();
        }
    }

    /** A model that takes a second for each request. */
    private void writeSlowModel() throws IOException {
        writeSlowModel(1000);
    }

    private void writeSlowModel(int millis) throws IOException {
        Files.createDirectories(repository.resolve("slow/1"));
        Files.writeString(repository.resolve("slow/config.pbtxt"), """
                backend: "identity"
                input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ 1 ] } ]
                parameters { key: "execute_delay_ms" value: { string_value: "%d" } }
                """.formatted(millis));
    }

    private static CompletableFuture<HttpResponse<String>> inferSlow(Server server, HttpClient client)
            throws InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.port(Front.HTTP).orElseThrow() + "/v2/models/slow/infer");
        String body = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}]}";
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                HttpRequest.newBuilder(uri)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        while (server.repository().inFlight() == 0) {
            Thread.onSpinWait();
        }
        // It is counted before the scheduler has taken it, and until then a server that stops refuses it.
        Thread.sleep(100);
        return answer;
    }

    @Test
    @Statement({134, 135})
    void answersThatItExitsWhileARequestIsInFlight() throws Exception {
        writeSlowModel();
        Server server = Server.start(config());
        server.startup().get();
        try (HttpClient client = HttpClient.newHttpClient()) {
            CompletableFuture<HttpResponse<String>> inFlight = inferSlow(server, client);
            CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(
                    server::stop, task -> Thread.ofPlatform().start(task));
            HttpResponse<String> live = get(server, Front.HTTP, "/v2/health/live");
            while (live.statusCode() == 200) { // the stop is only about to begin
                live = get(server, Front.HTTP, "/v2/health/live");
            }
            assertThat(live.statusCode()).isEqualTo(503);
            assertThat(live.body()).isEqualTo("{\"error\":\"Server exiting\"}");
            HttpResponse<String> ready = get(server, Front.HTTP, "/v2/health/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(inFlight.join().statusCode()).isEqualTo(200);
            assertThat(stopped.join()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @Statement(135)
    void givesUpWhenTheExitTimeoutExpires(int seconds) throws Exception {
        writeSlowModel(5000);
        Server server = Server.start(config("--exit-timeout-secs=" + seconds));
        server.startup().get();
        try (HttpClient client = HttpClient.newHttpClient()) {
            CompletableFuture<HttpResponse<String>> _ = inferSlow(server, client);
            long start = System.nanoTime();
            assertThat(server.stop()).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1000L + 1500));
            client.shutdownNow();
        }
    }

    @Test
    void stopsInTimeWhereNothingIsInFlightAndTheExitTimeoutIsZero() throws Exception {
        writeSlowModel();
        Server server = Server.start(config("--exit-timeout-secs=0"));
        server.startup().get();
        assertThat(server.stop()).isTrue();
    }

    @Test
    void startsWithARepositoryThatHasNoModelsYet() throws Exception {
        Server server = Server.start(config());
        try {
            assertThat(server.startup().get()).isEmpty();
            assertThat(get(server, Front.HTTP, "/v2/health/ready").statusCode()).isEqualTo(200);
        } finally {
            server.stop();
        }
    }

    @Test
    void runsWithoutARepositoryWhereItShallNotExitAndIsNotLive() throws Exception {
        Files.delete(repository);
        assertThatThrownBy(() -> Server.start(config()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("failed to stat file " + repository);
        Server server = Server.start(
                config("--exit-on-error=false", "--strict-readiness=false", "--model-control-mode=explicit"));
        try {
            assertThat(server.startup().get()).isEmpty();
            assertThat(get(server, Front.HTTP, "/v2/health/live").statusCode()).isEqualTo(400);
            assertThat(get(server, Front.HTTP, "/v2/health/ready").statusCode()).isEqualTo(400);
            assertThat(get(server, Front.HTTP, "/v2").body()).contains("\"name\":\"triton\"");
            assertThatThrownBy(() -> server.repository().load("m", LoadParameters.NONE))
                    .hasMessage("Server not ready");
        } finally {
            server.stop();
        }
    }

    private static HttpResponse<String> inferSequence(Server server, String parameters) throws Exception {
        URI uri = URI.create(
                "http://127.0.0.1:" + server.port(Front.HTTP).orElseThrow() + "/v2/models/simple_sequence/infer");
        String body = "{\"parameters\":{" + parameters + "},\"inputs\":[{\"name\":\"INPUT\",\"datatype\":\"INT32\","
                + "\"shape\":[1,1],\"data\":[1]}]}";
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    @Statement({7, 135})
    void waitsForOpenSequencesAndTakesTheirRequestsWhileItStops() throws Exception {
        copyExample("simple_sequence");
        Path config = repository.resolve("simple_sequence/config.pbtxt");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace(
                                "sequence_batching {",
                                "sequence_batching { max_sequence_idle_microseconds: 20000000 "));
        Server server = Server.start(config());
        assertThat(server.startup().get()).isEmpty();
        assertThat(inferSequence(server, "\"sequence_id\":1,\"sequence_start\":true")
                        .statusCode())
                .isEqualTo(200);
        CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(
                server::stop, task -> Thread.ofPlatform().start(task));
        while (get(server, Front.HTTP, "/v2/health/live").statusCode() == 200) {
            Thread.onSpinWait();
        }
        assertThat(inferSequence(server, "\"sequence_id\":2,\"sequence_start\":true")
                        .body())
                .contains("Server is stopping, scheduler for model has stopped accepting new inference requests");
        assertThat(stopped).isNotDone();
        assertThat(inferSequence(server, "\"sequence_id\":1,\"sequence_end\":true")
                        .statusCode())
                .isEqualTo(200);
        assertThat(stopped.join()).isTrue();
    }

    @Test
    void logsWhichModelsAreBusyWhileItStops() throws Exception {
        writeSlowModel();
        Server server = Server.start(config());
        server.startup().get();
        Logger log = (Logger) LoggerFactory.getLogger(RequestsInFlight.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try (HttpClient client = HttpClient.newHttpClient()) {
            CompletableFuture<HttpResponse<String>> _ = inferSlow(server, client);
            assertThat(server.stop()).isTrue();
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .contains("Model 'slow' (version 1) has 1 in-flight inferences");
        } finally {
            log.detachAppender(lines);
        }
    }
}
