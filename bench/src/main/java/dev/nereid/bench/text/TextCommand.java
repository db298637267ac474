package dev.nereid.bench.text;

import dev.nereid.bench.schedule.Goal;
import dev.nereid.bench.schedule.Table;
import dev.nereid.bench.text.TextLoad.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench text}: packed batches of a sentence model on the real server, beside what one does without them. */
@Command(
        name = "text",
        mixinStandardHelpOptions = true,
        description = {
            "Starts a server with one sentence model under several configs and sends texts of many lengths (lognormal, median"
                    + " 48 tokens, 4 to 512; Poisson; fixed seeds). Searches, in turns, the highest rate at which 99 % are"
                    + " answered within the objective, then offers 1.5 times what the tokens a second allow.",
            "Ends with 1 where a goal is not reached."
        })
public final class TextCommand implements Callable<Integer> {
    private static final String HOME = System.getProperty("nereid.home", ".");

    private static final Variant PACKED = new Variant("adaptive, packed", "packed", false);
    private static final Variant EQUAL = new Variant("Triton, equal shapes", "equal", false);
    private static final Variant ADAPTIVE_EQUAL = new Variant("adaptive, equal shapes", "adaptive_equal", false);
    private static final Variant PADDED = new Variant("Triton, clients pad to 512", "equal", true);
    private static final List<Variant> VARIANTS = List.of(PACKED, EQUAL, ADAPTIVE_EQUAL, PADDED);

    private static final double SHARE = 0.99;
    private static final double OVERLOAD = 1.5;
    private static final double RESOLUTION = 1.05;
    private static final int FEWEST = 300;
    private static final int CLIENTS = 48;
    private static final long NO_DEADLINE_MICROS = 600_000_000;

    @Option(names = "--launcher", description = "Default: the launcher of this checkout.")
    private Path launcher = Path.of(HOME, "nereid");

    @Option(
            names = "--model",
            description = "ONNX file with input_ids, attention_mask and token_type_ids; default: minilm.")
    private Path file = Path.of(HOME, "models", "examples", "minilm", "1", "model.onnx");

    @Option(names = "--slo-ms", defaultValue = "250", description = "When an answer is due (default 250).")
    private double sloMillis;

    @Option(names = "--seconds", defaultValue = "8", description = "Length of a trial, in seconds (default 8).")
    private double seconds;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "Trials under overload, and of the capacity (default 5).")
    private int rounds;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of arrivals and texts (default 0).")
    private long seed;

    private final Map<Variant, TextLoad> loads = new LinkedHashMap<>();

    @Override
    public Integer call() throws IOException {
        if (!(sloMillis > 0) || !(seconds > 0) || rounds < 1) {
            throw new IllegalArgumentException("expected --slo-ms, --seconds and --rounds above 0, got " + sloMillis
                    + ", " + seconds + " and " + rounds);
        }
        Path folder = Files.createTempDirectory("nereid-text");
        Texts texts = new Texts(seed);
        try (TextServer server = new TextServer(launcher, file, folder, configs());
                TextLoad patient = new TextLoad(
                        server.port(),
                        PACKED.model(),
                        texts.requests(false, Map.of("timeout", NO_DEADLINE_MICROS)),
                        sloMillis)) {
            for (Variant variant : VARIANTS) {
                loads.put(
                        variant,
                        new TextLoad(
                                server.port(), variant.model(), texts.requests(variant.padded(), Map.of()), sloMillis));
            }
            return measure(texts, patient) ? 0 : 1;
        } finally {
            loads.values().forEach(TextLoad::close);
            delete(folder);
        }
    }

    private Map<String, String> configs() {
        String slo = String.format(Locale.ROOT, "%s", sloMillis);
        String adaptive = parameter("policy", "adaptive") + parameter("slo_ms", slo);
        String plain = "platform: 'onnxruntime_onnx' max_batch_size: 128 dynamic_batching { }";
        return Map.of(
                PACKED.model(), plain + adaptive + parameter("token_input", "input_ids"),
                EQUAL.model(), plain,
                ADAPTIVE_EQUAL.model(),
                        plain + adaptive + parameter("token_input", "input_ids") + parameter("length_ratio", "2"));
    }

    private static String parameter(String key, String value) {
        return " parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } }";
    }

    private boolean measure(Texts texts, TextLoad patient) throws IOException {
        warmUp(patient);
        double capacity = capacity(texts, patient);
        Map<Variant, RateSearch> searches = search(capacity);
        double offered = OVERLOAD * capacity;
        Map<Variant, Double> overload = overload(offered);

        System.out.printf(
                Locale.ROOT,
                "Texts of %.1f tokens on average; capacity %.0f tokens a second, which is %.1f texts; seed %d%n%n",
                texts.meanTokens(),
                capacity * texts.meanTokens(),
                capacity,
                seed);
        Table table = new Table(
                "Texts a second, SLO " + Table.rate(sloMillis) + " ms",
                "policy",
                "most, Poisson",
                "packed to this",
                "in time at " + tenth(offered));
        double packed = best(searches, PACKED);
        for (Variant variant : VARIANTS) {
            double most = best(searches, variant);
            table.row(
                    variant.name(),
                    tenth(most),
                    String.format(Locale.ROOT, "%.2f", packed / most),
                    tenth(overload.getOrDefault(variant, 0.0)));
        }
        table.print(System.out);
        double equal = Math.max(best(searches, EQUAL), best(searches, ADAPTIVE_EQUAL));
        List<Goal> goals = List.of(
                new Goal("T1", "packed, to the better batcher of equal shapes", packed / equal, 1.15),
                new Goal("T2", "packed, to clients that pad to 512", packed / best(searches, PADDED), 2.5),
                new Goal("T3", "packed, to what the tokens a second allow", packed / capacity, 0.9),
                new Goal(
                        "T4",
                        "packed, in time at 1.5 times the capacity, to its most",
                        overload.getOrDefault(PACKED, 0.0) / packed,
                        0.95));
        Table reached = new Table("Goals", "goal", "what", "reached", "target", "pass");
        goals.forEach(goal -> reached.row(goal.row()));
        reached.print(System.out);
        return goals.stream().allMatch(Goal::reached);
    }

    private static double best(Map<Variant, RateSearch> searches, Variant variant) {
        RateSearch search = searches.get(variant);
        return search == null ? 0 : search.best();
    }

    /** Until the server's code is compiled and its policy has learnt what batches cost. */
    private void warmUp(TextLoad patient) throws IOException {
        System.err.println("warming up");
        for (int clients : new int[] {1, 4, CLIENTS}) {
            patient.closed(clients, 40L * clients, clients);
        }
        for (Variant variant : VARIANTS) {
            load(variant).open(variant.padded() ? 4 : 15, variant.padded() ? 20 : 100, seed);
        }
    }

    /** Texts a second when as many wait as a batch can hold: the median of some runs. */
    private double capacity(Texts texts, TextLoad patient) throws IOException {
        double[] rates = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            rates[round] = patient.closed(CLIENTS, texts.size() / 2, round);
            System.err.printf(Locale.ROOT, "capacity: %.1f texts a second%n", rates[round]);
        }
        Arrays.sort(rates);
        return rates[rounds / 2];
    }

    private Map<Variant, RateSearch> search(double capacity) {
        Map<Variant, RateSearch> searches = new LinkedHashMap<>();
        searches.put(PACKED, new RateSearch(0.85 * capacity, RESOLUTION));
        searches.put(EQUAL, new RateSearch(0.6 * capacity, RESOLUTION));
        searches.put(ADAPTIVE_EQUAL, new RateSearch(0.6 * capacity, RESOLUTION));
        searches.put(PADDED, new RateSearch(0.1 * capacity, RESOLUTION));
        for (int round = 0; searches.values().stream().anyMatch(search -> !search.isDone()); round++) {
            for (Map.Entry<Variant, RateSearch> entry : searches.entrySet()) {
                RateSearch search = entry.getValue();
                if (!search.isDone()) {
                    double rate = search.rate();
                    Outcome outcome = trial(entry.getKey(), rate, seed + round);
                    search.tried(outcome.share() >= SHARE);
                }
            }
        }
        return searches;
    }

    private Map<Variant, Double> overload(double offered) {
        Map<Variant, List<Double>> goodputs = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Variant variant : List.of(PACKED, EQUAL, ADAPTIVE_EQUAL)) {
                goodputs.computeIfAbsent(variant, _ -> new ArrayList<>())
                        .add(trial(variant, offered, seed + round).goodput());
            }
        }
        Map<Variant, Double> medians = new LinkedHashMap<>();
        goodputs.forEach((variant, values) ->
                medians.put(variant, values.stream().sorted().toList().get(values.size() / 2)));
        return medians;
    }

    private Outcome trial(Variant variant, double rate, long trialSeed) {
        Outcome outcome = load(variant).open(rate, Math.max(FEWEST, Math.round(rate * seconds)), trialSeed);
        System.err.printf(
                Locale.ROOT,
                "%-28s %7.1f a second: %5.1f %% in time, %.1f a second %s%n",
                variant.name(),
                rate,
                100 * outcome.share(),
                outcome.goodput(),
                outcome.firstFailure().isEmpty() ? "" : "(" + outcome.firstFailure() + ")");
        return outcome;
    }

    private TextLoad load(Variant variant) {
        TextLoad load = loads.get(variant);
        if (load == null) {
            throw new IllegalStateException("no load for " + variant);
        }
        return load;
    }

    private static String tenth(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
