package dev.nereid.bench.loss;

import dev.nereid.bench.startup.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A proxy before the replicas, with the configuration from {@code deploy/}, in which hosts and ports are replaced. */
final class Proxy implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Process process;
    private final int port;
    private final int grpcPort;

    private Proxy(List<String> command, Path log, int port, int grpcPort) throws IOException {
        this.port = port;
        this.grpcPort = grpcPort;
        this.process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long start = System.nanoTime();
        while (!listens()) {
            if (!process.isAlive() || System.nanoTime() - start > PATIENCE_NANOS) {
                process.destroy();
                throw new IOException(command.getFirst() + " does not listen: " + Files.readString(log));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Starts nginx in the foreground with all of its files in a folder. */
    static Proxy nginx(Path configuration, Path folder, List<Replica> replicas) throws IOException {
        List<Integer> ports = ServerProcess.freePorts(2);
        int port = ports.get(0);
        int grpcPort = ports.get(1);
        String servers = replaced(Files.readString(configuration), replicas)
                .replace("listen 8000;", "listen 127.0.0.1:" + port + ";")
                .replace("listen 8001;", "listen 127.0.0.1:" + grpcPort + ";");
        Path home = Files.createDirectories(folder.resolve("nginx"));
        Files.writeString(home.resolve("nereid.conf"), servers);
        Path main = home.resolve("nginx.conf");
        StringBuilder temporary = new StringBuilder();
        for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            temporary
                    .append(kind)
                    .append("_temp_path ")
                    .append(home.resolve(kind))
                    .append(";\n");
        }
        Files.writeString(main, """
                worker_processes 1;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                events { worker_connections 1024; }
                http {
                access_log off;
                %2$s
                include %1$s/nereid.conf;
                }
                """.formatted(home, temporary));
        return new Proxy(
                List.of("nginx", "-p", home.toString(), "-c", main.toString(), "-g", "daemon off;"),
                home.resolve("log"),
                port,
                grpcPort);
    }

    /** Starts haproxy in the foreground. */
    static Proxy haproxy(Path configuration, Path folder, List<Replica> replicas) throws IOException {
        List<Integer> ports = ServerProcess.freePorts(2);
        int port = ports.get(0);
        int grpcPort = ports.get(1);
        String text = replaced(Files.readString(configuration), replicas)
                .replace("bind :8000", "bind 127.0.0.1:" + port)
                .replace("bind :8001", "bind 127.0.0.1:" + grpcPort);
        Path file = Files.writeString(folder.resolve("haproxy.cfg"), text);
        return new Proxy(
                List.of("haproxy", "-db", "-f", file.toString()), folder.resolve("haproxy.log"), port, grpcPort);
    }

    private static String replaced(String text, List<Replica> replicas) {
        StringBuilder lines = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            String replaced = line;
            for (int i = 0; i < replicas.size(); i++) {
                replaced = replaced.replace(
                        "nereid-" + i + ":8000", "127.0.0.1:" + replicas.get(i).port());
                String grpc = "nereid-" + i + ":8001";
                if (replaced.contains(grpc)) {
                    replaced = replaced.replace(
                                    grpc, "127.0.0.1:" + replicas.get(i).grpcPort())
                            .replace("port 8000", "port " + replicas.get(i).port());
                }
            }
            lines.append(replaced).append('\n');
        }
        return lines.toString();
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    int grpcPort() {
        return grpcPort;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
