package dev.nereid.bench.wire;

import dev.nereid.bench.NumberTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench wire}: what a request costs the server, beside what it costs a Triton. */
@Command(
        name = "wire",
        mixinStandardHelpOptions = true,
        description = {
            "Sends requests of a dozen kinds to the identity backend with h2load (Debian: nghttp2-client), in turns, and prints"
                    + " requests a second and the server's processor time a request: that of its process, with garbage"
                    + " collection and compilation.",
            "Starts the server of this checkout; or measures one that runs already, on this machine."
        })
public final class WireCommand implements Callable<Integer> {
    private static final String HOME = System.getProperty("nereid.home", ".");
    private static final String HTTP = "127.0.0.1:8000";
    private static final String GRPC = "127.0.0.1:8001";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(names = "--launcher", description = "Default: the launcher of this checkout.")
    private Path launcher = Path.of(HOME, "nereid");

    @Option(
            names = "--pid",
            description = "A server that runs already, and has the model (docs/benchmarks.md has its config).")
    private Optional<Long> pid = Optional.empty();

    @Option(names = "--http", description = "Where that one listens for HTTP (default " + HTTP + ").")
    private Optional<String> http = Optional.empty();

    @Option(names = "--grpc", description = "Where that one listens for gRPC (default " + GRPC + ").")
    private Optional<String> grpc = Optional.empty();

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

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private NumberTable.Format format = NumberTable.Format.TEXT;

    @Override
    public Integer call() throws IOException {
        if (rounds < 1 || seconds < 1 || warmUp < 1) {
            throw new IllegalArgumentException("expected --rounds, --seconds and --warm-up above 0, got " + rounds
                    + ", " + seconds + " and " + warmUp);
        }
        if (pid.isEmpty() && (http.isPresent() || grpc.isPresent())) {
            throw new IllegalArgumentException(
                    "expected --pid beside --http or --grpc: they are of a server that runs already");
        }
        List<WireCase> cases =
                WireCase.ALL.stream().filter(one -> one.name().contains(only)).toList();
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("--only: no kind of request has '" + only + "' in its name");
        }
        Map<WireCase, List<WireTable.Turn>> turns = pid.isPresent()
                ? measure(
                        List.of(new Place(
                                pid.get(),
                                Map.of(
                                        WirePayload.Protocol.HTTP, http.orElse(HTTP),
                                        WirePayload.Protocol.GRPC, grpc.orElse(GRPC)))),
                        cases)
                : measureOurs(cases);
        WireTable.of(turns).print(format, System.out);
        return 0;
    }

    private Map<WireCase, List<WireTable.Turn>> measureOurs(List<WireCase> cases) throws IOException {
        try (OwnServers servers = OwnServers.start(launcher, PATIENCE)) {
            return measure(servers.places(), cases);
        }
    }

    private Map<WireCase, List<WireTable.Turn>> measure(List<Place> places, List<WireCase> wanted) throws IOException {
        Map<WireCase, Place> placeOf = new LinkedHashMap<>();
        for (WireCase one : wanted) {
            places.stream()
                    .filter(place -> place.serves(one.payload().protocol()))
                    .findFirst()
                    .ifPresent(place -> placeOf.put(one, place));
        }
        LoadTool tool = new LoadTool(program);
        for (Map.Entry<WireCase, Place> entry : placeOf.entrySet()) {
            WireCase one = entry.getKey();
            System.err.println("warming up: " + one.name());
            String there = entry.getValue().of(one.payload().protocol());
            AnswerCheck.check(one.payload(), there);
            tool.run(one, there, warmUp);
        }
        Map<WireCase, List<WireTable.Turn>> turns = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            System.err.println("round " + (round + 1) + " of " + rounds);
            for (Map.Entry<WireCase, Place> entry : placeOf.entrySet()) {
                WireCase one = entry.getKey();
                Place place = entry.getValue();
                double before = ProcessTime.seconds(place.pid());
                LoadTool.Run run = tool.run(one, place.of(one.payload().protocol()), seconds);
                double used = ProcessTime.seconds(place.pid()) - before;
                turns.computeIfAbsent(one, _ -> new ArrayList<>())
                        .add(new WireTable.Turn(run.perSecond(), used * 1e6 / run.requests()));
            }
        }
        return turns;
    }
}
