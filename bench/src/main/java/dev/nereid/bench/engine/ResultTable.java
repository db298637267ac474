package dev.nereid.bench.engine;

import dev.nereid.bench.models.OperatorFamily;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Prints results row by row, as they come. */
final class ResultTable {
    private static final double MEBIBYTE = 1 << 20;

    /** The first seven columns are a contract with scripts; further ones go behind. */
    private static final List<String> HEADER = List.of(
            "model",
            "case",
            "threads",
            "nereid_us",
            "ort_us",
            "ratio",
            "spread",
            "ratio_low",
            "ratio_high",
            "forks",
            "nereid_load_ms",
            "ort_load_ms",
            "nereid_rss_mib",
            "ort_rss_mib");

    private final TableFormat format;
    private final int threads;
    private final PrintStream data;

    ResultTable(TableFormat format, int threads, PrintStream data) {
        this.format = format;
        this.threads = threads;
        this.data = data;
    }

    void header() {
        print(HEADER);
        if (format == TableFormat.MARKDOWN) {
            data.println("|---|---|" + "---:|".repeat(HEADER.size() - 2));
        }
    }

    void row(CaseResult result) {
        double[] ratios = result.ratios();
        Statistics.Interval interval = Statistics.ofMedian(ratios);
        print(List.of(
                result.engineCase().model(),
                result.engineCase().name(),
                Integer.toString(threads),
                median("%.1f", result.measured(), EngineComparison.Measurement::nereidMicros),
                median("%.1f", result.measured(), EngineComparison.Measurement::ortMicros),
                number("%.3f", result.ratio()),
                number("%.3f", Statistics.spread(ratios)),
                number("%.3f", interval.low()),
                number("%.3f", interval.high()),
                Integer.toString(ratios.length),
                median("%.1f", result.nereid(), Footprint::loadMillis),
                median("%.1f", result.ort(), Footprint::loadMillis),
                median("%.1f", result.nereid(), footprint -> footprint.grownBytes() / MEBIBYTE),
                median("%.1f", result.ort(), footprint -> footprint.grownBytes() / MEBIBYTE)));
    }

    /** What all rows come to, as a sentence of its own; not part of a CSV. */
    void summary(List<CaseResult> results, PrintStream log) {
        double[] ratios = CaseResult.values(results, CaseResult::ratio);
        long faster = results.stream().filter(result -> result.ratio() >= 1).count();
        String sentence = number("Geometric mean of the ratios: %.3f", Statistics.geometricMean(ratios)) + " ("
                + results.size() + " cases, " + faster + " of them at least as fast as ONNX Runtime)";
        (format == TableFormat.CSV ? log : data).println((format == TableFormat.MARKDOWN ? "\n" : "") + sentence);
    }

    /** What the rows of each family come to beside its goals; not part of a CSV. */
    void summary(List<OperatorFamily> families, List<CaseResult> results, PrintStream log) {
        PrintStream out = format == TableFormat.CSV ? log : data;
        out.println();
        TableFormat lines = format == TableFormat.CSV ? TableFormat.TEXT : format;
        out.println(lines.row(List.of("family", "reached", "cases", "mean", "goal", "least", "goal")));
        if (lines == TableFormat.MARKDOWN) {
            out.println("|---|---|" + "---:|".repeat(5));
        }
        for (OperatorFamily family : families) {
            double[] ratios = results.stream()
                    .filter(result -> result.engineCase().model().equals(family.name()))
                    .mapToDouble(CaseResult::ratio)
                    .toArray();
            if (ratios.length > 0) {
                out.println(lines.row(summary(family, ratios)));
            }
        }
    }

    private static List<String> summary(OperatorFamily family, double... ratios) {
        double mean = Statistics.geometricMean(ratios);
        double least = Arrays.stream(ratios).min().orElseThrow();
        boolean reached = mean >= family.goal() && least >= family.least();
        return List.of(
                family.name(),
                reached ? "yes" : "no",
                Integer.toString(ratios.length),
                number("%.2f", mean),
                number("%.1f", family.goal()),
                number("%.2f", least),
                number("%.1f", family.least()));
    }

    private static <T> String median(String pattern, List<T> list, ToDoubleFunction<T> value) {
        return list.isEmpty() ? "" : number(pattern, Statistics.median(CaseResult.values(list, value)));
    }

    private static String number(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }

    private void print(List<String> columns) {
        data.println(format.row(columns));
        data.flush();
    }
}
