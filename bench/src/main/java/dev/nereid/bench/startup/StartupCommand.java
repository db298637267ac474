package dev.nereid.bench.startup;

import dev.nereid.bench.NumberTable;
import dev.nereid.bench.engine.Statistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench startup}: how long a server takes from a cold JVM, and how large it is. */
@Command(
        name = "startup",
        mixinStandardHelpOptions = true,
        description = {
            "Starts a server again and again, and measures when it first answers, when its models are ready, what the first"
                    + " request costs against later ones, and its memory. Prints medians with the least and the greatest.",
            "Flags of the server's JVM go into NEREID_JAVA_OPTIONS."
        })
public final class StartupCommand implements Callable<Integer> {
    private static final String HOME = System.getProperty("nereid.home", ".");

    @Option(names = "--launcher", description = "Default: the launcher of this checkout.")
    private Path launcher = Path.of(HOME, "nereid");

    @Option(names = "--model-repository", description = "Default: the examples of this checkout.")
    private Path repository = Path.of(HOME, "models", "examples");

    @Option(
            names = "--models",
            split = ",",
            defaultValue = "simple,minilm",
            description = "Models to wait for and to send requests to (default simple,minilm).")
    private List<String> models = List.of();

    @Option(names = "--forks", defaultValue = "6", description = "How often the server is started (default 6).")
    private int forks = 6;

    @Option(
            names = "--load-seconds",
            defaultValue = "3",
            description = "Seconds of requests to each model, of one client and then of four (default 3).")
    private double loadSeconds = 3;

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private NumberTable.Format format = NumberTable.Format.TEXT;

    private static final double WARM_UP_SECONDS = 2;

    @Override
    public Integer call() throws IOException {
        if (forks < 1 || !(loadSeconds > 0)) {
            throw new IllegalArgumentException(
                    "expected --forks and --load-seconds above 0, got " + forks + " and " + loadSeconds);
        }
        HttpProbe.warmUp(WARM_UP_SECONDS);
        GrpcProbe.warmUp(WARM_UP_SECONDS);
        Map<String, List<Double>> values = new LinkedHashMap<>();
        StartMeasurement measurement = new StartMeasurement(launcher, repository, loadSeconds);
        for (int fork = 0; fork < forks; fork++) {
            System.err.println("start " + (fork + 1) + " of " + forks);
            List<String> order = new ArrayList<>(models);
            Collections.rotate(order, -fork);
            measurement
                    .run(order)
                    .forEach((name, value) ->
                            values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value));
        }
        distribution(values);
        NumberTable table = new NumberTable("measured", "median", "least", "greatest", "starts");
        values.forEach((name, list) -> add(table, name, list));
        table.print(format, System.out);
        return 0;
    }

    /** The size of what is shipped, where it was built. */
    private static void distribution(Map<String, List<Double>> values) throws IOException {
        Path target = Path.of(HOME, "server", "target");
        if (!Files.isDirectory(target)) {
            return;
        }
        try (Stream<Path> files = Files.list(target)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".tar.gz")).toList()) {
                values.put("distribution, MiB", List.of(Files.size(file) / (double) (1 << 20)));
            }
        }
    }

    private static void add(NumberTable table, String name, List<Double> list) {
        double[] numbers =
                list.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        table.row(
                name,
                number(Statistics.median(numbers)),
                number(numbers[0]),
                number(numbers[numbers.length - 1]),
                Integer.toString(numbers.length));
    }

    private static String number(double value) {
        return NumberTable.number(value, value < 100 ? 2 : 0);
    }
}
