package dev.nereid.bench.wire;

import static dev.nereid.bench.NumberTable.number;

import dev.nereid.bench.NumberTable;
import dev.nereid.bench.engine.Statistics;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** What {@code nereid bench wire} prints: the best and the median turn, and Triton's best beside them. */
final class WireTable {
    /**
     * One turn of one case.
     *
     * @param micros the server's processor time a request
     */
    record Turn(double perSecond, double micros) {}

    private WireTable() {}

    static NumberTable of(Map<WireCase, List<Turn>> turns) {
        NumberTable table = new NumberTable(
                "request",
                "conn.",
                "req/s best (med.)",
                "CPU us best (med.)",
                "Triton r/s",
                "Triton us",
                "CPU x",
                "goal");
        turns.forEach((one, all) -> {
            double[] rates = all.stream().mapToDouble(Turn::perSecond).toArray();
            double[] micros = all.stream().mapToDouble(Turn::micros).toArray();
            double most = DoubleStream.of(rates).max().orElse(Double.NaN);
            double least = DoubleStream.of(micros).min().orElse(Double.NaN);
            table.row(
                    one.name(),
                    Integer.toString(one.connections()),
                    number(most, 0) + " (" + number(Statistics.median(rates), 0) + ")",
                    number(least, 1) + " (" + number(Statistics.median(micros), 1) + ")",
                    known(one.tritonPerSecond(), 0),
                    known(one.tritonMicros(), 0),
                    known(least / base(one, turns), 2),
                    known(one.goal(), 2));
        });
        return table;
    }

    private static String known(double value, int digits) {
        return Double.isNaN(value) ? "-" : number(value, digits);
    }

    /** The processor time that a case is held against: Triton's, or that of KServe's protocol in the same run. */
    private static double base(WireCase one, Map<WireCase, List<Turn>> turns) {
        if (one.beside().isEmpty()) {
            return one.tritonMicros();
        }
        return turns.entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(one.beside()))
                .flatMap(entry -> entry.getValue().stream())
                .mapToDouble(Turn::micros)
                .min()
                .orElse(Double.NaN);
    }
}
