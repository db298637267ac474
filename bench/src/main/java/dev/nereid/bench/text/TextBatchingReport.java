package dev.nereid.bench.text;

import static dev.nereid.bench.NumberTable.number;

import dev.nereid.bench.schedule.Goal;
import dev.nereid.bench.schedule.Table;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was measured.
 *
 * @param load what the trials were made with
 * @param capacity texts a second that the tokens a second allow
 * @param offered texts a second under overload
 * @param throughputs texts a second by many clients, relative to the packed variant
 * @param most the highest rate that is met; 0 where none is
 * @param overload texts a second that are in time under overload
 */
record TextBatchingReport(
        Workload load,
        double capacity,
        double offered,
        Map<Variant, Double> throughputs,
        Map<Variant, Double> most,
        Map<Variant, Double> overload) {
    private static final String NONE = "-";

    /**
     * What texts are sent.
     *
     * @param sloMillis when an answer is due
     * @param clients who always wait, where there is no rate
     */
    record Workload(double meanTokens, double sloMillis, int clients, long seed) {}

    void print(PrintStream out) {
        out.printf(
                Locale.ROOT,
                "Texts of %.1f tokens on average; at most %.0f tokens a second, which is %.1f texts; seed %d%n%n",
                load.meanTokens(),
                capacity * load.meanTokens(),
                capacity,
                load.seed());
        Table table = new Table(
                "Texts a second, SLO " + number(load.sloMillis(), 0) + " ms",
                "policy",
                "by " + load.clients() + " clients",
                "packed to this",
                "most, Poisson",
                "packed to this",
                "in time at " + number(offered, 1));
        for (Variant variant : Variant.ALL) {
            Double throughput = throughputs.get(variant);
            Double goodput = overload.get(variant);
            double rate = most(variant);
            table.row(
                    variant.name(),
                    throughput == null ? NONE : number(throughput * capacity, 1),
                    throughput == null ? NONE : number(1 / throughput, 2),
                    rate == 0 ? "none" : number(rate, 1),
                    rate == 0 ? NONE : number(most(Variant.PACKED) / rate, 2),
                    goodput == null ? NONE : number(goodput, 1));
        }
        table.print(out);
        Table reached = new Table("Goals", "goal", "what", "reached", "target", "pass");
        goals().forEach(goal -> reached.row(goal.row()));
        reached.print(out);
    }

    private double most(Variant variant) {
        return most.getOrDefault(variant, 0.0);
    }

    List<Goal> goals() {
        double packed = most(Variant.PACKED);
        double equal = Math.max(most(Variant.EQUAL), most(Variant.ADAPTIVE_EQUAL));
        return List.of(
                new Goal("T1", "packed, to the better batcher of equal shapes", packed / equal, 1.15),
                new Goal("T2", "packed, to clients that pad to 512", packed / most(Variant.PADDED), 2.5),
                new Goal("T3", "packed, to what the tokens a second allow", packed / capacity, 0.9),
                new Goal(
                        "T4",
                        "packed, in time at 1.5 times the capacity, to its most",
                        overload.getOrDefault(Variant.PACKED, 0.0) / packed,
                        0.95));
    }
}
