package dev.nereid.bench.text;

import dev.nereid.bench.engine.Statistics;
import dev.nereid.bench.schedule.Goal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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

    private static final String PLAIN = "platform: 'onnxruntime_onnx' max_batch_size: 128 dynamic_batching { }";
    private static final int LONG_TEXTS = 9;

    /** The objective where none is given, in times of the longest text alone. */
    private static final double PATIENCE = 5;

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

    @Override
    public Integer call() throws IOException {
        slo.ifPresent(millis -> positive("--slo-ms", millis));
        positive("--seconds", seconds);
        positive("--rounds", rounds);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("--model: expected an ONNX file, got '" + file + "'");
        }
        Texts texts = new Texts(seed);
        double sloMillis = slo.isPresent() ? slo.get() : PATIENCE * longestMillis(texts);
        try (TextServer server = TextServer.start(launcher, file, configs(sloMillis));
                TextRounds trials = TextRounds.of(server.port(), texts, sloMillis, seed, seconds)) {
            TextBatchingReport report = trials.run(rounds);
            report.print(System.out);
            return report.goals().stream().allMatch(Goal::reached) ? 0 : 1;
        }
    }

    private static void positive(String option, double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException(option + ": expected a number above 0, got " + value);
        }
    }

    /** What a text of full length takes alone, rounded to two digits: the median on a server of its own. */
    private double longestMillis(Texts texts) throws IOException {
        try (TextServer server = TextServer.start(launcher, file, Map.of(Variant.EQUAL.model(), PLAIN));
                TextLoad load = new TextLoad(
                        server.port(), Variant.EQUAL.model(), texts.requests(true, Map.of()), Double.MAX_VALUE)) {
            load.closed(1, LONG_TEXTS, seed);
            double[] millis = new double[LONG_TEXTS];
            for (int i = 0; i < millis.length; i++) {
                millis[i] = 1000 / load.closed(1, 1, seed + i);
            }
            double median = Statistics.median(millis);
            System.err.printf(Locale.ROOT, "a text of %d tokens takes %.0f ms%n", Texts.LONGEST, median);
            double unit = Math.pow(10, Math.floor(Math.log10(median)) - 1);
            return Math.round(median / unit) * unit;
        }
    }

    private static Map<String, String> configs(double sloMillis) {
        String adaptive = parameter("policy", "adaptive")
                + parameter("slo_ms", Double.toString(sloMillis))
                + parameter("token_input", "input_ids");
        return Map.of(
                Variant.PACKED.model(), PLAIN + adaptive,
                Variant.EQUAL.model(), PLAIN,
                Variant.ADAPTIVE_EQUAL.model(), PLAIN + adaptive + parameter("length_ratio", "2"),
                Variant.BUCKETS.model(),
                        PLAIN + adaptive + parameter("padding", "input_ids=0,attention_mask=0,token_type_ids=0"));
    }

    private static String parameter(String key, String value) {
        return " parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } }";
    }
}
