package dev.nereid.bench.loss;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench loss}: requests that are lost while servers behind nginx, haproxy and gRPC's round robin go and come. */
@Command(
        name = "loss",
        mixinStandardHelpOptions = true,
        description =
                "Counts lost requests while three servers behind nginx and haproxy (Debian's packages) are restarted, "
                        + "killed, stopped and slowed down.")
public final class LossCommand implements Callable<Integer> {
    private static final double WORTH_A_NOTE_SECONDS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Option(
            names = "--incidents",
            split = ",",
            description =
                    "Which to try: ${COMPLETION-CANDIDATES} (default all but FULL_DISK, which needs --folder with a "
                            + "small disk mounted at small-disk).")
    private List<Incident> incidents = List.of(
            Incident.QUIET,
            Incident.RESTART,
            Incident.RELOAD,
            Incident.LABEL,
            Incident.KILL,
            Incident.HANG,
            Incident.SLOW);

    @Option(names = "--times", defaultValue = "3", description = "How often each happens (default 3).")
    private int times;

    @Option(names = "--restarts", defaultValue = "0", description = "How often RESTART happens (default --times).")
    private int restarts;

    @Option(names = "--users", defaultValue = "2", description = "Users of each way to the servers (default 2).")
    private int users;

    @Option(
            names = "--drain-delay-secs",
            defaultValue = "2",
            description = "Of the servers (default 2: longer than haproxy's checks need).")
    private int drainSeconds;

    @Option(names = "--launcher", description = "Of the servers (default: that of this checkout).")
    private Optional<Path> launcher = Optional.empty();

    @Option(names = "--folder", description = "For logs (default: a temporary one, which is deleted).")
    private Optional<Path> folder = Optional.empty();

    /** A row of the table. */
    private record Row(Incident incident, int times, String way, LossCount.Result result, int most) {
        boolean isGood() {
            return result.missing() <= most;
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (times < 1 || users < 1 || restarts < 0 || drainSeconds < 0) {
            throw new IllegalArgumentException("expected positive numbers");
        }
        Path home = Path.of(System.getProperty("nereid.home", "")).toAbsolutePath();
        boolean temporary = folder.isEmpty();
        Path place = temporary
                ? Files.createTempDirectory("nereid-loss")
                : folder.get().toAbsolutePath();
        List<Row> rows = new ArrayList<>();
        try (Bed bed = new Bed(
                launcher.orElse(home.resolve("nereid")),
                home.resolve("deploy"),
                place,
                drainSeconds,
                text -> System.err.println(text))) {
            warmUp(bed);
            for (Incident incident : incidents) {
                rows.addAll(measure(bed, incident, incident == Incident.RESTART && restarts > 0 ? restarts : times));
            }
        }
        print(rows);
        boolean good = rows.stream().allMatch(Row::isGood);
        if (temporary && good) {
            delete(place);
        } else {
            System.err.println("logs are in " + place);
        }
        return good ? 0 : 1;
    }

    private void warmUp(Bed bed) throws InterruptedException {
        bed.ways().forEach(way -> way.load().start(users));
        Thread.sleep(2000);
        bed.ways().forEach(way -> way.load().stop(PATIENCE));
    }

    private List<Row> measure(Bed bed, Incident incident, int count) throws IOException, InterruptedException {
        bed.ways().forEach(way -> way.load().start(users));
        try {
            for (int i = 0; i < count; i++) {
                System.err.printf(Locale.ROOT, "%s %s, %d of %d%n", Instant.now(), incident.text(), i + 1, count);
                incident.happen(bed, i);
            }
            Thread.sleep(1000);
        } catch (IOException e) {
            bed.noteLogs();
            throw e;
        }
        List<Row> rows = new ArrayList<>();
        for (Bed.Way way : bed.ways()) {
            rows.add(new Row(
                    incident,
                    count,
                    way.load().way(),
                    way.load().stop(PATIENCE),
                    count * incident.most(way.retried(), users)));
        }
        return rows;
    }

    private static void print(List<Row> rows) {
        System.out.println("| incident | times | way | requests | lost | allowed | slowest answer |");
        System.out.println("|---|---|---|---|---|---|---|");
        Map<String, Long> reasons = new LinkedHashMap<>();
        for (Row row : rows) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %s | %d | %s%d%s | %d | %.2f s |%n",
                    row.incident().text(),
                    row.times(),
                    row.way(),
                    row.result().sent(),
                    row.isGood() ? "" : "**",
                    row.result().missing(),
                    row.isGood() ? "" : "**",
                    row.most(),
                    row.result().longestSeconds());
            if (row.result().longestSeconds() > WORTH_A_NOTE_SECONDS) {
                System.err.printf(
                        Locale.ROOT,
                        "%s, %s: the slowest answer took %.1f s from %s on%n",
                        row.incident(),
                        row.way(),
                        row.result().longestSeconds(),
                        row.result().longestSince());
            }
            row.result()
                    .reasons()
                    .forEach((reason, count) ->
                            reasons.merge(row.incident() + ", " + row.way() + ": " + reason, count, Long::sum));
            if (row.result().unanswered() > 0) {
                reasons.put(
                        row.incident() + ", " + row.way() + ": no answer",
                        row.result().unanswered());
            }
        }
        reasons.forEach((reason, count) -> System.err.println(count + " x " + reason));
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (var files = Files.walk(folder)) {
            all = files.toList();
        }
        for (Path file : all.reversed()) {
            Files.deleteIfExists(file);
        }
    }
}
