package dev.nereid.bench.wire;

import dev.nereid.bench.engine.Statistics;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/** What {@code nereid bench wire} prints: the best and the median turn, and Triton's best beside them. */
final class WireTable {
    /**
     * One turn of one payload.
     *
     * @param micros the server's processor time a request
     */
    record Turn(double perSecond, double micros) {}

    /** How it is printed. */
    enum Format {
        TEXT("%-15s %5s %18s %18s %10s %10s %7s %6s", ""),
        MARKDOWN("| %s | %s | %s | %s | %s | %s | %s | %s |", "|---|---:|---:|---:|---:|---:|---:|---:|");

        private final String row;
        private final String rule;

        Format(String row, String rule) {
            this.row = row;
            this.rule = rule;
        }
    }

    private WireTable() {}

    static void print(Map<Payload, List<Turn>> turns, Format format, PrintStream out) {
        row(
                out,
                format,
                "request",
                "conn.",
                "req/s best (med.)",
                "CPU us best (med.)",
                "Triton r/s",
                "Triton us",
                "CPU x",
                "goal");
        if (!format.rule.isEmpty()) {
            out.println(format.rule);
        }
        turns.forEach((payload, all) -> {
            double[] rates = all.stream().mapToDouble(Turn::perSecond).sorted().toArray();
            double[] micros = all.stream().mapToDouble(Turn::micros).sorted().toArray();
            double least = DoubleStream.of(micros).min().orElse(Double.NaN);
            row(
                    out,
                    format,
                    payload.name(),
                    Integer.toString(payload.connections()),
                    text("%.0f (%.0f)", rates[rates.length - 1], Statistics.median(rates)),
                    text("%.1f (%.1f)", least, Statistics.median(micros)),
                    text("%.0f", payload.tritonPerSecond()),
                    text("%.0f", payload.tritonMicros()),
                    text("%.2f", least / payload.tritonMicros()),
                    text("%.1f", payload.goal()));
        });
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static void row(PrintStream out, Format format, Object... columns) {
        out.println(String.format(Locale.ROOT, format.row, columns));
    }
}
