package dev.nereid.bench.wire;

import dev.nereid.bench.engine.Statistics;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
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
                    number(rates[rates.length - 1], 0) + " (" + number(Statistics.median(rates), 0) + ")",
                    number(least, 1) + " (" + number(Statistics.median(micros), 1) + ")",
                    number(payload.tritonPerSecond(), 0),
                    number(payload.tritonMicros(), 0),
                    number(least / payload.tritonMicros(), 2),
                    number(payload.goal(), 1));
        });
    }

    private static String number(double value, int digits) {
        return BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_UP).toPlainString();
    }

    private static void row(PrintStream out, Format format, Object... columns) {
        out.println(String.format(Locale.ROOT, format.row, columns));
    }
}
