package dev.nereid.bench.engine;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Measures cases in several processes each and prints medians: data to one stream, progress to another. */
public final class EngineBenchmark {
    /** How results are printed. */
    public enum Format {
        TEXT("%-28s %-14s %7s %12s %12s %7s %7s", " "),
        CSV("%s,%s,%s,%s,%s,%s,%s", ","),
        MARKDOWN("| %s | %s | %s | %s | %s | %s | %s |", "|");

        private final String row;
        private final String separator;

        Format(String row, String separator) {
            this.row = row;
            this.separator = separator;
        }
    }

    private static final List<String> HEADER =
            List.of("model", "case", "threads", "nereid_us", "ort_us", "ratio", "spread");

    private final Format format;
    private final int threads;
    private final int forks;
    private final double seconds;

    /**
     * A benchmark.
     *
     * @param seconds how long each process measures a case, after a warm-up of as long
     */
    public EngineBenchmark(Format format, int threads, int forks, double seconds) {
        this.format = format;
        this.threads = threads;
        this.forks = forks;
        this.seconds = seconds;
    }

    /**
     * Measures the cases that {@code files} choose, in order.
     *
     * @return whether every case was measured
     */
    public boolean run(List<String> files, PrintStream data, PrintStream log) {
        List<EngineCase> cases = CaseCatalog.of(files);
        if (cases.isEmpty()) {
            log.println("No model to measure: name an .onnx file, or build the example repository first.");
            return false;
        }
        print(data, HEADER);
        if (format == Format.MARKDOWN) {
            data.println(format.separator + "---|".repeat(HEADER.size()));
        }
        boolean complete = true;
        for (int index = 0; index < cases.size(); index++) {
            EngineCase engineCase = cases.get(index);
            List<Comparison.Measurement> measured = new ArrayList<>();
            for (int fork = 0; fork < forks; fork++) {
                log.printf(
                        Locale.ROOT,
                        "%s/%s: process %d of %d%n",
                        engineCase.model(),
                        engineCase.name(),
                        fork + 1,
                        forks);
                Optional<Comparison.Measurement> result = Fork.start(index, files, threads, seconds);
                result.ifPresent(measured::add);
                if (result.isEmpty()) {
                    log.println(engineCase.model() + "/" + engineCase.name() + " failed, see above");
                    break;
                }
            }
            complete &= measured.size() == forks;
            if (!measured.isEmpty()) {
                print(data, row(engineCase, measured));
            }
        }
        return complete;
    }

    /** The median over processes; the spread is the distance of the extreme ratios, as a share of the median. */
    private List<String> row(EngineCase engineCase, List<Comparison.Measurement> measured) {
        double[] ratios = measured.stream()
                .mapToDouble(Comparison.Measurement::ratio)
                .sorted()
                .toArray();
        double ratio = Comparison.median(ratios);
        double spread = (ratios[ratios.length - 1] - ratios[0]) / ratio;
        return List.of(
                engineCase.model(),
                engineCase.name(),
                Integer.toString(threads),
                number("%.1f", median(measured, true)),
                number("%.1f", median(measured, false)),
                number("%.3f", ratio),
                number("%.3f", spread));
    }

    private static double median(List<Comparison.Measurement> measured, boolean ours) {
        return Comparison.median(measured.stream()
                .mapToDouble(m -> ours ? m.nereidMicros() : m.ortMicros())
                .toArray());
    }

    private static String number(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }

    private void print(PrintStream data, List<String> columns) {
        data.println(String.format(Locale.ROOT, format.row, columns.toArray()));
        data.flush();
    }
}
