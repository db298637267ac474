package dev.nereid.bench.startup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server that was started by its launcher, on loopback and free ports; it ends with this process at the latest. */
public final class ServerProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 10;
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int LOG_LINES = 20;

    private final Process process;
    /** Run where this process is ended by a signal. */
    private final Thread stopping;

    private final Path log;
    private final int port;
    private final int grpcPort;
    private final HttpProbe probe;
    private final long startNanos;

    /**
     * Starts it.
     *
     * @param repository the model repository
     * @param more further flags
     * @throws IOException if there is no such launcher
     */
    public ServerProcess(Path launcher, Path repository, String... more) throws IOException {
        this(freePorts(2), Map.of(), (http, grpc) -> {
            List<String> command = new ArrayList<>(List.of(
                    launcher.toString(),
                    "serve",
                    "--model-repository=" + repository,
                    "--http-address=127.0.0.1",
                    "--grpc-address=127.0.0.1",
                    "--http-port=" + http,
                    "--grpc-port=" + grpc,
                    "--metrics-port=0"));
            command.addAll(List.of(more));
            return command;
        });
    }

    /**
     * Starts one for TorchServe's clients, without keys.
     *
     * @param store folder with archives, and with what the server writes
     * @param model one of them, which is served
     */
    public static ServerProcess torchServe(Path launcher, Path store, String model) throws IOException {
        return new ServerProcess(freePorts(2), Map.of("TMPDIR", store.toString()), (http, grpc) -> {
            Path properties = store.resolve("bench.properties");
            Files.writeString(properties, """
                    inference_address=http://127.0.0.1:%d
                    management_address=http://127.0.0.1:%1$d
                    metrics_address=http://127.0.0.1:%1$d
                    grpc_inference_port=%d
                    grpc_management_port=%2$d
                    """.formatted(http, grpc));
            return List.of(
                    launcher.toString(),
                    "torchserve",
                    "--foreground",
                    "--ncs",
                    "--disable-token-auth",
                    "--model-store=" + store,
                    "--models=" + model + "=" + model,
                    "--ts-config=" + properties);
        });
    }

    /** How a server is started that listens at these ports. */
    private interface Starting {
        List<String> command(int http, int grpc) throws IOException;
    }

    private ServerProcess(List<Integer> ports, Map<String, String> environment, Starting starting) throws IOException {
        this.port = ports.get(0);
        this.grpcPort = ports.get(1);
        this.probe = new HttpProbe(port);
        List<String> command = starting.command(port, grpcPort);
        this.log = Files.createTempFile("nereid-server", ".log");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            this.startNanos = System.nanoTime();
            this.process = builder.start();
        } catch (IOException e) {
            Files.delete(log);
            throw e;
        }
        this.stopping = new Thread(process::destroy, "stop-server");
        Runtime.getRuntime().addShutdownHook(stopping);
    }

    /** A port of this machine that nobody listens on now. */
    public static int freePort() throws IOException {
        return freePorts(1).getFirst();
    }

    /** Ports of this machine that nobody listens on now, all different. */
    public static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>(); // until all numbers are known, so that none comes twice
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    /** Where it listens for HTTP. */
    public int port() {
        return port;
    }

    public int grpcPort() {
        return grpcPort;
    }

    /** Of the server's JVM, which the launcher becomes. */
    public long pid() {
        return process.pid();
    }

    /** Whether it has not ended. */
    boolean isAlive() {
        return process.isAlive();
    }

    /** Seconds since the process was asked for. */
    double age() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /**
     * Returns when every model is ready.
     *
     * @param patience from the start of the process on
     * @throws IOException if the server ends, or takes longer; with the end of its log
     */
    public void awaitReady(Duration patience) throws IOException {
        await("/v2/health/ready", PAUSE, patience);
    }

    /** Returns when a path is answered with 200, else as {@link #awaitReady}. */
    public void await(String path, Duration pause, Duration patience) throws IOException {
        while (!probe.answers(path)) {
            if (!isAlive() || age() * 1e9 > patience.toNanos()) {
                throw failure("the server did not answer " + path);
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    /** What went wrong, with the end of the server's log. */
    IOException failure(String what) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return new IOException(what + "; its log ends in:\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
    }

    /** Resident memory in MiB; the launcher has become the server's JVM. 0 where the system does not tell. */
    double residentMebibytes() {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        try {
            return Files.isReadable(status)
                    ? Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                            .findFirst()
                            .orElse(0)
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + status, e);
        }
    }

    /** Ends the server and waits until it has. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(stopping);
        } catch (IllegalStateException _) {
            // This process is about to end, and the hook has run.
        }
        Files.delete(log);
    }
}
