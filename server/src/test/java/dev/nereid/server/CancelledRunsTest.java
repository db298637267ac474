package dev.nereid.server;

import static dev.nereid.server.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.commands.Main;
import dev.nereid.server.config.Front;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.repository.LoadParameters;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests whose run would not end in a lifetime. */
@Tag("found-6")
@Timeout(120)
class CancelledRunsTest {
    private static final long ENDLESS = 1L << 62;

    @TempDir
    Path repository;

    /** Y is X after so many trips of a loop. */
    private void writeLoop() {
        loop().input("TRIPS", DataType.INT64, 1).write(repository.resolve("loop/1"));
    }

    /** Y is X after 2^62 trips of a loop. */
    private void writeConstantLoop() {
        loop().constant("TRIPS", ENDLESS).write(repository.resolve("endless/1"));
    }

    private static GraphWriter loop() {
        return new GraphWriter()
                .input("X", DataType.FLOAT, -1)
                .output("Y", DataType.FLOAT, -1)
                .node("Loop", "Y", "TRIPS", "", "X")
                .attribute(ModelSketch.body(
                        "body",
                        ModelSketch.graph(
                                "number:i[] go:b[] before:f[n]",
                                "go:b[] after:f[n]",
                                ModelSketch.node("after = Sigmoid(before)"))));
    }

    private static ModelInferRequest message(long trips) {
        ModelInferRequest.Builder message = ModelInferRequest.newBuilder().setModelName("loop");
        message.addInputsBuilder().setName("TRIPS").setDatatype("INT64").addShape(1);
        message.addInputsBuilder().setName("X").setDatatype("FP32").addShape(2);
        message.addRawInputContents(ByteString.copyFrom(buffer(8).putLong(0, trips)));
        message.addRawInputContents(ByteString.copyFrom(buffer(8).putFloat(0, 1).putFloat(4, 2)));
        return message.build();
    }

    private static String json(long trips) {
        return "{\"inputs\":[{\"name\":\"TRIPS\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[" + trips
                + "]},{\"name\":\"X\",\"datatype\":\"FP32\",\"shape\":[2],\"data\":[1,2]}]}";
    }

    private static final class Calls implements AutoCloseable {
        private final ManagedChannel channel;

        Calls(Server server) {
            channel = RunningServers.channel(server);
        }

        ListenableFuture<ModelInferResponse> begin(long trips) {
            return GRPCInferenceServiceGrpc.newFutureStub(channel).modelInfer(message(trips));
        }

        ByteString answer(long trips) {
            return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .modelInfer(message(trips))
                    .getRawOutputContents(0);
        }

        StatusRuntimeException failure(long trips, Duration deadline) {
            return catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> GRPCInferenceServiceGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(deadline)
                            .modelInfer(message(trips)));
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void awaitBusy(Server server) {
        until("a request runs", () -> server.repository().inFlight() > 0);
    }

    private static void awaitCancelled(Server server, long count) {
        until("the run has ended", () -> server.repository().inFlight() == 0);
        assertThat(server.repository().find("loop", "").statistics().snapshot().failures())
                .containsEntry(FailureReason.CANCELED, count);
    }

    @Test
    void endsWhenItsClientIsGoneOrOutOfTime() throws Exception {
        writeLoop();
        try (RunningServers servers = new RunningServers(repository)) {
            Server server = servers.start();
            try (Calls calls = new Calls(server)) {
                ByteString expected = calls.answer(3);
                for (int i = 0; i < 200; i++) { // now the server knows how short it can be
                    assertThat(calls.answer(3)).isEqualTo(expected);
                }

                ListenableFuture<ModelInferResponse> call = calls.begin(ENDLESS);
                awaitBusy(server);
                call.cancel(true);
                awaitCancelled(server, 1);

                assertThat(calls.failure(ENDLESS, Duration.ofMillis(300))
                                .getStatus()
                                .getCode())
                        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
                awaitCancelled(server, 2);

                try (Socket hasty = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.port(Front.HTTP).orElseThrow())) {
                    String body = json(ENDLESS);
                    hasty.getOutputStream()
                            .write(("POST /v2/models/loop/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                                            + body.length() + "\r\n\r\n" + body)
                                    .getBytes(StandardCharsets.US_ASCII));
                    awaitBusy(server);
                }
                awaitCancelled(server, 3);

                assertThat(calls.answer(3)).isEqualTo(expected);
            }
        }
    }

    /** An unload refuses at once and lets what runs go on; the stop ends it when the exit timeout is over. */
    @Test
    void anUnloadLetsItRunAndAStopEndsIt() throws Exception {
        writeLoop();
        Server server = Server.start(RunningServers.config(repository, "--exit-timeout-secs=1"));
        assertThat(server.startup().get()).isEmpty();
        try (HttpClient client = HttpClient.newHttpClient()) {
            CompletableFuture<HttpResponse<String>> answer =
                    begin(client, server.port(Front.HTTP).orElseThrow());
            awaitBusy(server);
            long start = System.nanoTime();
            server.repository().unload("loop", false);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(server.repository().isReady("loop", "")).isFalse();
            assertThat(server.repository().inFlight()).isEqualTo(1);

            server.repository().load("loop", LoadParameters.NONE);
            try (Calls calls = new Calls(server)) {
                assertThat(calls.answer(3).size()).isEqualTo(8);
            }

            start = System.nanoTime();
            assertThat(server.stop()).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
            HttpResponse<String> told = answer.get(10, TimeUnit.SECONDS);
            assertThat(told.statusCode()).isEqualTo(503);
            assertThat(told.body()).contains("Server is stopping");
            assertThat(server.repository().inFlight()).isZero();
        }
    }

    @Test
    void aLoopThatNeverEndsIsLoadedAndUnloaded() throws Exception {
        writeConstantLoop();
        try (RunningServers servers = new RunningServers(repository)) {
            Server server = servers.start();
            assertThat(server.repository().isReady("endless", "")).isTrue();
            assertThat(server.repository().unload("endless", false, Duration.ofSeconds(10)))
                    .isTrue();
        }
    }

    /** The port that the log names where a front listens; a port that is chosen before may be another's by then. */
    private static OptionalInt port(Path log, String service) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.map(Pattern.compile("Started " + service + " at 127\\.0\\.0\\.1:(\\d+)")::matcher)
                    .filter(Matcher::find)
                    .mapToInt(match -> Integer.parseInt(match.group(1)))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The body of a good answer; empty where there is none. */
    private static String get(HttpClient client, int port, String path) {
        try {
            URI uri = URI.create("http://127.0.0.1:" + port + path);
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? "good " + response.body() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The answer to a request without end. */
    private static CompletableFuture<HttpResponse<String>> begin(HttpClient client, int port) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/models/loop/infer"))
                        .POST(HttpRequest.BodyPublishers.ofString(json(ENDLESS)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aProcessEndsSoonAfterItsExitTimeout() throws Exception {
        writeLoop();
        Files.writeString(
                repository.resolve("loop/config.pbtxt"),
                "instance_group { kind: KIND_CPU count: 1 } backend: 'onnxruntime'");
        Path log = repository.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        Main.class.getName(),
                        "serve",
                        "--model-repository=" + repository,
                        "--http-address=127.0.0.1",
                        "--http-port=0",
                        "--allow-grpc=false",
                        "--metrics-address=127.0.0.1",
                        "--metrics-port=0",
                        "--exit-timeout-secs=1")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        HttpClient client = HttpClient.newHttpClient();
        try {
            until("it listens", () -> port(log, "Metrics Service").isPresent());
            int port = port(log, "HTTPService").orElseThrow();
            int metrics = port(log, "Metrics Service").orElseThrow();
            until(
                    "the server is ready",
                    () -> !get(client, port, "/v2/health/ready").isEmpty());
            CompletableFuture<HttpResponse<String>> answer = begin(client, port);
            CompletableFuture<HttpResponse<String>> behind = begin(client, port);
            until(
                    "one runs and one waits",
                    () -> get(client, metrics, "/metrics")
                            .contains("nv_inference_pending_request_count{model=\"loop\",version=\"1\"} 1"));
            long start = System.nanoTime();
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as(Files.readString(log))
                    .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(3));
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(answer.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
            assertThat(behind.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
        } finally {
            process.destroyForcibly();
            client.shutdownNow();
        }
    }
}
