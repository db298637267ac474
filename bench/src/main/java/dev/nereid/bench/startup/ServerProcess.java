package dev.nereid.bench.startup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server that was started by its launcher, on loopback and free ports. */
public final class ServerProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 10;

    private final Process process;
    private final int port;
    private final int grpcPort;
    private final long startNanos;

    /**
     * Starts it; its output goes to {@code log}.
     *
     * @param repository the model repository
     */
    public ServerProcess(Path launcher, Path repository, Path log) {
        this.port = freePort();
        this.grpcPort = freePort();
        List<String> command = new ArrayList<>(List.of(launcher.toString(), "serve"));
        command.add("--model-repository=" + repository);
        command.addAll(List.of("--http-address=127.0.0.1", "--grpc-address=127.0.0.1", "--http-port=" + port));
        command.addAll(List.of("--grpc-port=" + grpcPort, "--metrics-port=0"));
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            this.startNanos = System.nanoTime();
            this.process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + launcher, e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port", e);
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
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Seconds since the process was asked for. */
    double age() {
        return (System.nanoTime() - startNanos) / 1e9;
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

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
