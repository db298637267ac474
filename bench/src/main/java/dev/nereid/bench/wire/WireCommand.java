package dev.nereid.bench.wire;

import dev.nereid.bench.startup.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench wire}: what a request costs the server, beside what it costs a Triton. */
@Command(
        name = "wire",
        mixinStandardHelpOptions = true,
        description = {
            "Sends requests of six kinds to the identity backend with h2load (Debian: nghttp2-client), in turns, and prints"
                    + " requests a second and the server's processor time a request: that of its process, with garbage"
                    + " collection and compilation.",
            "Starts the server of this checkout; or measures one that runs already, on this machine."
        })
public final class WireCommand implements Callable<Integer> {
    private static final String HOME = System.getProperty("nereid.home", ".");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(names = "--launcher", description = "Default: the launcher of this checkout.")
    private Path launcher = Path.of(HOME, "nereid");

    @Option(names = "--pid", description = "A server that runs already; with --http and --grpc.")
    private Optional<Long> pid = Optional.empty();

    @Option(names = "--http", defaultValue = "127.0.0.1:8000", description = "Its HTTP (default ${DEFAULT-VALUE}).")
    private String http = "";

    @Option(names = "--grpc", defaultValue = "127.0.0.1:8001", description = "Its gRPC (default ${DEFAULT-VALUE}).")
    private String grpc = "";

    @Option(names = "--rounds", defaultValue = "3", description = "Turns of each kind (default 3).")
    private int rounds = 3;

    @Option(names = "--seconds", defaultValue = "4", description = "Seconds of a turn (default 4).")
    private int seconds = 4;

    @Option(
            names = "--warm-up",
            defaultValue = "8",
            description = "Seconds of each kind before the first turn (default 8).")
    private int warmUp = 8;

    @Option(names = "--only", description = "Only kinds whose names contain this.")
    private String only = "";

    @Option(names = "--h2load", defaultValue = "h2load", description = "The program (default h2load).")
    private String program = "h2load";

    @Option(names = "--format", defaultValue = "text", description = "text or markdown (default text).")
    private WireTable.Format format = WireTable.Format.TEXT;

    @Override
    public Integer call() throws IOException {
        if (rounds < 1 || seconds < 1 || warmUp < 1) {
            throw new IllegalArgumentException("expected --rounds, --seconds and --warm-up above 0, got " + rounds
                    + ", " + seconds + " and " + warmUp);
        }
        List<Payload> payloads = Payloads.all().stream()
                .filter(payload -> payload.name().contains(only))
                .toList();
        if (payloads.isEmpty()) {
            throw new IllegalArgumentException("--only: no kind of request has '" + only + "' in its name");
        }
        Path folder = Files.createTempDirectory("nereid-wire");
        try {
            if (pid.isPresent()) {
                measure(new Place(pid.get(), http, grpc), payloads, folder);
            } else {
                measureOurs(payloads, folder);
            }
        } finally {
            delete(folder);
        }
        return 0;
    }

    private void measureOurs(List<Payload> payloads, Path folder) throws IOException {
        Path model = folder.resolve("models").resolve(Payloads.MODEL);
        Files.createDirectories(model.resolve("1"));
        Files.writeString(model.resolve("config.pbtxt"), Payloads.CONFIG);
        try (ServerProcess server =
                new ServerProcess(launcher, folder.resolve("models"), folder.resolve("server.log"))) {
            Place place = new Place(server.pid(), "127.0.0.1:" + server.port(), "127.0.0.1:" + server.grpcPort());
            try {
                Readiness.await(place.http(), PATIENCE, server::isAlive);
            } catch (IOException e) {
                throw new IOException(e.getMessage() + "\n" + Files.readString(folder.resolve("server.log")), e);
            }
            measure(place, payloads, folder);
        }
    }

    private void measure(Place place, List<Payload> payloads, Path folder) throws IOException {
        LoadTool tool = new LoadTool(program, folder);
        Map<Payload, List<WireTable.Turn>> turns = new LinkedHashMap<>();
        for (Payload payload : payloads) {
            System.err.println("warming up: " + payload.name());
            AnswerCheck.check(payload, place.of(payload.protocol()));
            tool.run(payload, place.of(payload.protocol()), warmUp);
            turns.put(payload, new ArrayList<>());
        }
        for (int round = 0; round < rounds; round++) {
            System.err.println("round " + (round + 1) + " of " + rounds);
            for (Payload payload : payloads) {
                double before = ProcessTime.seconds(place.pid());
                LoadTool.Run run = tool.run(payload, place.of(payload.protocol()), seconds);
                double used = ProcessTime.seconds(place.pid()) - before;
                turns.getOrDefault(payload, new ArrayList<>())
                        .add(new WireTable.Turn(run.perSecond(), used * 1e6 / run.requests()));
            }
        }
        WireTable.print(turns, format, System.out);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
