package dev.nereid.bench.loss;

import dev.nereid.bench.startup.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One of the servers behind the proxies: a process at ports that it keeps over restarts. One thread. */
final class Replica implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final Path log;
    private final List<String> command;
    private final int port;
    private final int grpcPort;
    private Process process;

    /**
     * Starts it. Its log goes to a file of its own in the folder.
     *
     * @param flags beside addresses and ports
     */
    Replica(Path launcher, Path folder, int number, List<String> flags) throws IOException {
        List<Integer> ports = ServerProcess.freePorts(2);
        this.port = ports.get(0);
        this.grpcPort = ports.get(1);
        this.log = folder.resolve("replica-" + number + ".log");
        this.command = new ArrayList<>(List.of(
                launcher.toString(),
                "serve",
                "--http-address=127.0.0.1",
                "--grpc-address=127.0.0.1",
                "--http-port=" + port,
                "--grpc-port=" + grpcPort,
                "--allow-metrics=false"));
        command.addAll(flags);
        this.process = start();
    }

    int port() {
        return port;
    }

    int grpcPort() {
        return grpcPort;
    }

    private Process start() throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** Returns when it is ready. */
    void awaitReady() throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (!isReady()) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new IOException("a server is not ready; its log is " + log);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean isReady() throws InterruptedException {
        try {
            return send("GET", "/v2/health/ready", "") == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private int send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /** Loads a model again while the former one serves. */
    void reload(String model) throws IOException, InterruptedException {
        int status = send("POST", "/v2/repository/models/" + model + "/load", "");
        if (status != 200) {
            throw new IOException("a model could not be loaded again: " + status);
        }
    }

    /** Puts a traffic document in force. */
    void direct(String model, String document) throws IOException, InterruptedException {
        int status = send("POST", "/v2/nereid/models/" + model + "/traffic", "{\"document\": " + document + "}");
        if (status != 200) {
            throw new IOException("a traffic document was refused: " + status);
        }
    }

    /**
     * Ends it by SIGTERM and starts it again.
     *
     * @throws IOException if it did not end with 0
     */
    void restart() throws IOException, InterruptedException {
        process.destroy();
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException("a server ended with " + code + "; its log is " + log);
        }
        process = start();
        awaitReady();
    }

    /** Ends it by SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Starts it after {@link #kill}. */
    void startAgain() throws IOException, InterruptedException {
        process = start();
        awaitReady();
    }

    /** Sends a signal, as STOP or CONT. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        try (client) {
            process.destroyForcibly();
        }
    }

    /** The end of its log. */
    String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }
}
