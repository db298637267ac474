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
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench texts}: packed batches of a sentence model on the real server, beside what one does without them. */
@Command(
        name = "texts",
        mixinStandardHelpOptions = true,
        description = {
            "Starts a server with one sentence model under several configs and sends texts of many lengths (lognormal, median"
                    + " 48 tokens, 4 to 512; Poisson; fixed seeds). Searches, in turns, the highest rate at which 99 in 100 are"
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

    private static final String PLAIN = "platform: 'onnxruntime_onnx' max_batch_size: 128 dynamic_batching { }";
    private static final int LONG_TEXTS = 9;
    private static final double SHARE = 0.99;
    private static final double OVERLOAD = 1.5;
    private static final double RESOLUTION = 1.05;
    private static final int FEWEST = 60;
    private static final int CLIENTS = 48;
    private static final int CAPACITY_TEXTS = 128;
    /** The part of its usual speed at which the machine counts as undisturbed. */
    private static final double STEADY = 0.85;

    private static final int MOST_ATTEMPTS = 4;
    /** The objective where none is given, in times of the longest text alone. */
    private static final double PATIENCE = 5;

    private static final long NO_DEADLINE_MICROS = 600_000_000;

    @Option(names = "--launcher", description = "Default: the launcher of this checkout.")
    private Path launcher = Path.of(HOME, "nereid");

    @Option(
            names = "--model",
            description = "ONNX file with input_ids, attention_mask and token_type_ids; default: minilm.")
    private Path file = Path.of(HOME, "models", "examples", "minilm", "1", "model.onnx");

    @Option(
            names = "--slo-ms",
            description = "When an answer is due (default: five times what the longest text takes alone).")
    private Optional<Double> slo = Optional.empty();

    @Option(names = "--seconds", defaultValue = "20", description = "Length of a trial, in seconds (default 20).")
    private double seconds;

    @Option(names = "--rounds", defaultValue = "5", description = "Trials under overload (default 5).")
    private int rounds;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of arrivals and texts (default 0).")
    private long seed;

    private final Map<Variant, TextLoad> loads = new LinkedHashMap<>();
    private final List<Double> capacities = new ArrayList<>();
    private double sloMillis;

    @Override
    public Integer call() throws IOException {
        if (!(slo.orElse(1.0) > 0) || !(seconds > 0) || rounds < 1) {
            throw new IllegalArgumentException("expected --slo-ms, --seconds and --rounds above 0, got " + slo + ", "
                    + seconds + " and " + rounds);
        }
        Texts texts = new Texts(seed);
        sloMillis = slo.isPresent() ? slo.get() : PATIENCE * longestMillis(texts);
        Path folder = Files.createTempDirectory("nereid-texts");
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

    /** What a text of full length takes alone, rounded to two digits: the median on a server of its own. */
    private double longestMillis(Texts texts) throws IOException {
        Path folder = Files.createTempDirectory("nereid-texts");
        try (TextServer server = new TextServer(launcher, file, folder, Map.of(EQUAL.model(), PLAIN));
                TextLoad load =
                        new TextLoad(server.port(), EQUAL.model(), texts.requests(true, Map.of()), Double.MAX_VALUE)) {
            load.closed(1, LONG_TEXTS, seed);
            double[] millis = new double[LONG_TEXTS];
            for (int i = 0; i < millis.length; i++) {
                millis[i] = 1000 / load.closed(1, 1, seed + i);
            }
            Arrays.sort(millis);
            double median = millis[millis.length / 2];
            System.err.printf(Locale.ROOT, "a text of %d tokens takes %.0f ms%n", Texts.LONGEST, median);
            double unit = Math.pow(10, Math.floor(Math.log10(median)) - 1);
            return Math.round(median / unit) * unit;
        } finally {
            delete(folder);
        }
    }

    private Map<String, String> configs() {
        String adaptive = parameter("policy", "adaptive")
                + parameter("slo_ms", Double.toString(sloMillis))
                + parameter("token_input", "input_ids");
        return Map.of(
                PACKED.model(), PLAIN + adaptive,
                EQUAL.model(), PLAIN,
                ADAPTIVE_EQUAL.model(), PLAIN + adaptive + parameter("length_ratio", "2"));
    }

    private static String parameter(String key, String value) {
        return " parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } }";
    }

    private boolean measure(Texts texts, TextLoad patient) throws IOException {
        warmUp(patient);
        Map<Variant, Double> throughputs = throughputs(patient);
        Map<Variant, RateSearch> searches = search(patient);
        double offered = OVERLOAD * capacity();
        Map<Variant, Double> overload = overload(patient, offered);
        double capacity = capacity();

        System.out.printf(
                Locale.ROOT,
                "Texts of %.1f tokens on average; at most %.0f tokens a second, which is %.1f texts; seed %d%n%n",
                texts.meanTokens(),
                capacity * texts.meanTokens(),
                capacity,
                seed);
        Table table = new Table(
                "Texts a second, SLO " + Table.rate(sloMillis) + " ms",
                "policy",
                "by " + CLIENTS + " clients",
                "packed to this",
                "most, Poisson",
                "packed to this",
                "in time at " + tenth(offered));
        double packed = best(searches, PACKED);
        for (Variant variant : VARIANTS) {
            double most = best(searches, variant);
            table.row(
                    variant.name(),
                    cell(throughputs, variant, value -> tenth(value * capacity)),
                    cell(throughputs, variant, value -> ratio(1 / value)),
                    tenth(most),
                    ratio(packed / most),
                    cell(overload, variant, TextCommand::tenth));
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
        patient.closed(1, FEWEST, seed);
        patient.closed(CLIENTS, 2 * CAPACITY_TEXTS, seed);
        sample(patient);
        for (Variant variant : VARIANTS) {
            load(variant).open((variant.padded() ? 0.1 : 0.4) * capacity(), FEWEST / 2, seed);
        }
    }

    /** Measures texts a second when as many wait as a batch can hold. */
    private void sample(TextLoad patient) throws IOException {
        double rate = patient.closed(CLIENTS, CAPACITY_TEXTS, capacities.size());
        System.err.printf(Locale.ROOT, "capacity: %.1f texts a second%n", rate);
        capacities.add(rate);
    }

    /** The median of the samples: they are taken all the while, for the machine may change. */
    private double capacity() {
        return capacities.stream().sorted().toList().get(capacities.size() / 2);
    }

    /**
     * What each variant does when many clients always wait, relative to the packed one: the median over rounds in which
     * they take turns, so that a machine that changes disturbs both alike.
     */
    private Map<Variant, Double> throughputs(TextLoad patient) throws IOException {
        Map<Variant, List<Double>> ratios = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Variant variant : List.of(EQUAL, PADDED)) {
                sample(patient);
                double before = capacities.getLast();
                double rate = load(variant).closed(CLIENTS, variant.padded() ? CLIENTS : CAPACITY_TEXTS, round);
                sample(patient);
                double packed = Math.sqrt(before * capacities.getLast());
                System.err.printf(Locale.ROOT, "%-28s %7.1f a second, packed %.1f%n", variant.name(), rate, packed);
                ratios.computeIfAbsent(variant, _ -> new ArrayList<>()).add(rate / packed);
            }
        }
        Map<Variant, Double> medians = medians(ratios);
        medians.put(PACKED, 1.0);
        return medians;
    }

    private static Map<Variant, Double> medians(Map<Variant, List<Double>> values) {
        Map<Variant, Double> medians = new LinkedHashMap<>();
        values.forEach((variant, list) ->
                medians.put(variant, list.stream().sorted().toList().get(list.size() / 2)));
        return medians;
    }

    private Map<Variant, RateSearch> search(TextLoad patient) throws IOException {
        double capacity = capacity();
        Map<Variant, RateSearch> searches = new LinkedHashMap<>();
        searches.put(PACKED, new RateSearch(0.85 * capacity, RESOLUTION));
        searches.put(EQUAL, new RateSearch(0.6 * capacity, RESOLUTION));
        searches.put(ADAPTIVE_EQUAL, new RateSearch(0.6 * capacity, RESOLUTION));
        searches.put(PADDED, new RateSearch(0.1 * capacity, RESOLUTION));
        for (int round = 0; searches.values().stream().anyMatch(search -> !search.isDone()); round++) {
            sample(patient);
            for (Map.Entry<Variant, RateSearch> entry : searches.entrySet()) {
                RateSearch search = entry.getValue();
                if (!search.isDone()) {
                    double rate = search.rate();
                    search.tried(met(patient, entry.getKey(), rate, seed + round));
                }
            }
        }
        return searches;
    }

    /** Whether a variant meets a rate. A miss while the machine is slower than usual says nothing, and is tried again. */
    private boolean met(TextLoad patient, Variant variant, double rate, long trialSeed) throws IOException {
        for (int attempt = 1; ; attempt++) {
            if (trial(variant, rate, trialSeed).share() >= SHARE) {
                return true;
            }
            if (isUndisturbed(patient) || attempt == MOST_ATTEMPTS) {
                return false;
            }
        }
    }

    /** Whether the machine is about as fast now as it was most of the time. */
    private boolean isUndisturbed(TextLoad patient) throws IOException {
        sample(patient);
        return capacities.getLast() >= STEADY * capacity();
    }

    private Map<Variant, Double> overload(TextLoad patient, double offered) throws IOException {
        Map<Variant, List<Double>> goodputs = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Variant variant : List.of(PACKED, EQUAL, ADAPTIVE_EQUAL)) {
                Outcome outcome = trial(variant, offered, seed + round);
                for (int attempt = 1; attempt < MOST_ATTEMPTS && !isUndisturbed(patient); attempt++) {
                    outcome = trial(variant, offered, seed + round);
                }
                goodputs.computeIfAbsent(variant, _ -> new ArrayList<>()).add(outcome.goodput());
            }
        }
        return medians(goodputs);
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

    private static String cell(Map<Variant, Double> values, Variant variant, DoubleFunction<String> text) {
        Double value = values.get(variant);
        return value == null ? "-" : text.apply(value);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
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
