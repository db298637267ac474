package dev.nereid.bench.loss;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Three servers with one model, nginx and haproxy before them, and the ways by which requests reach them. One thread. */
final class Bed implements AutoCloseable {
    static final String MODEL = "delay";
    /** What requests name in place of a version. */
    static final String LABEL = "stable";

    /** A request takes 20 ms, so that some are in flight at any time. */
    private static final String CONFIG = """
            backend: "identity"
            version_policy: { all { } }
            input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 4 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 4 ] } ]
            instance_group [ { kind: KIND_CPU count: 8 } ]
            parameters [ { key: "execute_delay_ms" value: { string_value: "20" } } ]
            """;

    private static final int REPLICAS = 3;

    /**
     * A way to the servers.
     *
     * @param retried whether a proxy or the client sends requests again
     */
    record Way(LossLoad load, boolean retried) {}

    private final Path folder;
    private final Consumer<String> notes;
    private final List<Replica> replicas = new ArrayList<>();
    private final List<Proxy> proxies = new ArrayList<>();
    private final List<Way> ways = new ArrayList<>();

    /**
     * Starts all of it.
     *
     * @param launcher of the servers
     * @param configurations the folder with those of the proxies
     * @param folder for logs and what else there is to write
     * @param drainSeconds for {@code --drain-delay-secs}
     */
    Bed(Path launcher, Path configurations, Path folder, int drainSeconds, Consumer<String> notes)
            throws IOException, InterruptedException {
        this.folder = folder;
        this.notes = notes;
        Path repository = folder.resolve("models");
        Path model = repository.resolve(MODEL);
        Files.createDirectories(model.resolve("1"));
        Files.createDirectories(model.resolve("2"));
        Files.writeString(model.resolve("config.pbtxt"), CONFIG);
        Files.writeString(model.resolve("traffic.json"), labelAt(1));
        Files.createDirectories(smallDisk());
        try {
            for (int i = 0; i < REPLICAS; i++) {
                replicas.add(new Replica(launcher, folder, i, flags(repository, drainSeconds, i)));
            }
            for (Replica replica : replicas) {
                replica.awaitReady();
            }
            Proxy nginx = Proxy.nginx(configurations.resolve("nginx/nereid.conf"), folder, replicas);
            proxies.add(nginx);
            Proxy haproxy = Proxy.haproxy(configurations.resolve("haproxy/haproxy.cfg"), folder, replicas);
            proxies.add(haproxy);
            List<Integer> grpcPorts = replicas.stream().map(Replica::grpcPort).toList();
            ways.add(new Way(new HttpLossLoad("HTTP, nginx", nginx.port(), MODEL), true));
            ways.add(new Way(new HttpLossLoad("HTTP, haproxy", haproxy.port(), MODEL), true));
            ways.add(new Way(new GrpcLossLoad("gRPC, nginx", List.of(nginx.grpcPort()), MODEL, false), false));
            ways.add(new Way(new GrpcLossLoad("gRPC, haproxy", List.of(haproxy.grpcPort()), MODEL, false), false));
            ways.add(new Way(new GrpcLossLoad("gRPC, round robin", grpcPorts, MODEL, false), false));
            ways.add(new Way(new GrpcLossLoad("gRPC, round robin, retries", grpcPorts, MODEL, true), true));
        } catch (IOException | InterruptedException e) {
            close();
            throw e;
        }
    }

    /** The traffic document with the label at a version. */
    static String labelAt(int version) {
        return "{\"labels\": {\"" + LABEL + "\": " + version + "}}";
    }

    private List<String> flags(Path repository, int drainSeconds, int number) {
        return List.of(
                "--model-repository=" + repository,
                "--model-control-mode=explicit",
                "--load-model=" + MODEL,
                "--drain-delay-secs=" + drainSeconds,
                "--exit-timeout-secs=15",
                "--log-file=" + smallDisk().resolve("server-" + number + ".log"),
                "--trace-config=triton,file=" + smallDisk().resolve("trace-" + number + ".json"),
                "--trace-config=level=TIMESTAMPS",
                "--trace-config=rate=1000",
                "--trace-config=triton,log-frequency=10");
    }

    /** Where the servers' logs and traces go, on a disk of its own where one has been mounted there. */
    Path smallDisk() {
        return folder.resolve("small-disk");
    }

    List<Replica> replicas() {
        return replicas;
    }

    Replica replica(int number) {
        return replicas.get(Math.floorMod(number, replicas.size()));
    }

    List<Way> ways() {
        return ways;
    }

    void note(String text) {
        notes.accept(text);
    }

    /** The last words of the servers. */
    void noteLogs() throws IOException {
        for (int i : IntStream.range(0, replicas.size()).toArray()) {
            note("server " + i + ": " + replicas.get(i).lastLines());
        }
    }

    @Override
    public void close() {
        ways.forEach(way -> way.load().close());
        proxies.forEach(Proxy::close);
        replicas.forEach(Replica::close);
    }
}
