package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.server.commands.Main;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which classes the first requests to a server that is ready have loaded: those that no request-path warm-up did. */
class FirstRequestClassesTest {
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static final int PATIENCE_SECONDS = 60;
    /** From there on the request-path warm-up's fronts are taken down, which loads classes too. */
    private static final long UNDISTURBED_NANOS = 4_000_000_000L;

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path folder;

    private int httpPort;
    private int grpcPort;

    private Process start(Path classes) throws IOException {
        try (ServerSocket http = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket grpc = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            httpPort = http.getLocalPort();
            grpcPort = grpc.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xlog:class+load:file=" + classes + ":none",
                Main.class.getName(),
                "serve",
                "--model-repository=" + EXAMPLES,
                "--model-control-mode=explicit",
                "--load-model=simple",
                "--log-verbose=1",
                "--http-address=127.0.0.1",
                "--grpc-address=127.0.0.1",
                "--http-port=" + httpPort,
                "--grpc-port=" + grpcPort,
                "--metrics-port=0"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    /** Nobody waits longer for a request-path warm-up than some seconds: on a slow machine it goes on when models are ready. */
    private void awaitRequestPathWarmup() throws Exception {
        long start = System.nanoTime();
        while (!isWarmedUp("http") || !isWarmedUp("grpc")) {
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
            Thread.sleep(5);
        }
    }

    private boolean isWarmedUp(String front) throws IOException {
        return Files.readString(folder.resolve("log")).contains(" requests over " + front + " in ");
    }

    private int get(String path) throws InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + httpPort + path);
    }

    /** The status; 0 where nobody answers. */
    private static int send(HttpRequest request) throws InterruptedException {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private void awaitReady(Process server) throws Exception {
        long start = System.nanoTime();
        while (get("/v2/health/ready") != 200) {
            assertThat(server.isAlive() && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS))
                    .as(Files.readString(folder.resolve("log")))
                    .isTrue();
            Thread.sleep(5);
        }
    }

    /** What is in a file when all are answered and no client has gone away yet. */
    private List<String> sendFirstRequests(Path classes) throws Exception {
        assertThat(get("/v2/models/simple")).isEqualTo(200);
        assertThat(send(HttpRequest.newBuilder(uri("/v2/models/simple/infer"))
                        .POST(HttpRequest.BodyPublishers.ofString(RunningServers.simpleRequest("")))
                        .build()))
                .isEqualTo(200);
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", grpcPort)
                .usePlaintext()
                .build();
        try {
            GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub calls =
                    GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
            assertThat(calls.modelInfer(RunningServers.simpleMessage().build()).getOutputsCount())
                    .isEqualTo(2);
            return Files.readAllLines(classes);
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void theFirstRequestsFindTheServersClassesLoaded() throws Exception {
        Path classes = folder.resolve("classes");
        Process server = start(classes);
        try {
            awaitReady(server);
            awaitRequestPathWarmup();
            long ready = System.nanoTime();
            int before = Files.readAllLines(classes).size();
            List<String> lines = sendFirstRequests(classes);
            boolean undisturbed = System.nanoTime() - ready < UNDISTURBED_NANOS;
            if (!undisturbed) {
                System.out.println("skipped: too slow to tell requests from the warm-up's end");
            }
            assumeTrue(undisturbed);
            List<String> loaded = lines.subList(before, lines.size()).stream()
                    .filter(line -> line.startsWith("dev.nereid.") || line.startsWith("io."))
                    .toList();
            assertThat(loaded).isEmpty();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }
}
