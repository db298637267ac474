package dev.nereid.bench.schedule;

import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Texts of many lengths: padded by the client, only equal ones together, padded to the longest, or packed. */
final class MixedLengths implements SimulationExperiment {
    private static final int MOST = 256;
    private static final double OVERLOAD = 1.5;
    private static final List<Double> NO_DELAY = List.of(0.0);
    private static final List<Integer> SMALL = List.of(2, 4, 8, 16);
    private static final List<Integer> LARGE = List.of(16, 32, 64, 128);
    private static final List<Double> TIMEOUTS = List.of(0.3, 0.4, 0.5, 0.6, 0.7);

    /** Objectives below it count as tight, in milliseconds. */
    private static final double TIGHT = 30;

    private final List<Double> objectives;

    /** @param objectives when answers are due, in milliseconds */
    MixedLengths(List<Double> objectives) {
        this.objectives = List.copyOf(objectives);
    }

    @Override
    public Set<String> goals() {
        return Set.of("G3");
    }

    @Override
    public Findings run(SimulationRunner runner, boolean full) {
        List<Table> tables = new ArrayList<>();
        List<Goal> goals = new ArrayList<>();
        for (double slo : objectives) {
            run(runner, full, slo, tables, goals);
        }
        return new Findings(tables, goals);
    }

    private static void run(SimulationRunner runner, boolean full, double slo, List<Table> tables, List<Goal> goals) {
        String what = "SLO " + Table.rate(slo) + " ms";
        Case packed = Case.of(Setup.adaptive(MOST, Curve.PACKED, slo));
        Case padded = Case.of(Setup.adaptive(MOST, Curve.PADDED, slo));
        double rate = runner.maxRate(packed, ArrivalTrace.Pattern.POISSON);
        double offered = OVERLOAD * rate;
        Table table =
                new Table("Texts a second, " + what, "policy", "most, Poisson", "in time at " + Table.rate(offered));

        Sweep.Best equal = sweep(runner, triton -> Setup.tritonEqualShapes(triton, Curve.PACKED, slo))
                .best(Sweep.delays(full ? LARGE : List.of(64), NO_DELAY));
        Sweep.Best longest =
                sweep(runner, triton -> Setup.triton(triton, Curve.PADDED, slo)).best(Sweep.delays(SMALL, NO_DELAY));
        Sweep.Best eight = sweep(runner, triton -> Setup.triton(triton, Curve.PADDED, slo))
                .best(List.of(new Setup.Triton(8, 0, 0)));
        Sweep.Best plain = sweep(runner, triton -> Setup.triton(triton, Curve.PACKED, slo))
                .best(Sweep.delays(full ? LARGE : List.of(32, 64), NO_DELAY));
        Sweep.Best timeout = sweep(runner, triton -> Setup.triton(triton, Curve.PACKED, slo))
                .best(Sweep.timeouts(full ? LARGE : List.of(32, 64), full ? TIMEOUTS : List.of(0.4, 0.6), slo));
        if (full) {
            Curve fullLength = new Curve(3, Curve.PACKED.millisOf(SimulatedRequests.MOST_TOKENS), 0, 0, false);
            Sweep.Best client = sweep(runner, triton -> Setup.triton(triton, fullLength, slo))
                    .best(Sweep.delays(SMALL, NO_DELAY));
            row(runner, table, "Triton, clients pad to 512: " + client.triton(), client, offered);
        }
        row(runner, table, "Triton, equal shapes: " + equal.triton(), equal, offered);
        row(runner, table, "Triton, padded to the longest: " + eight.triton(), eight, offered);
        row(runner, table, "Triton, padded to the longest, best mb: " + longest.triton(), longest, offered);
        row(runner, table, "Triton, packed: " + plain.triton(), plain, offered);
        row(runner, table, "Triton, packed: " + timeout.triton(), timeout, offered);
        table.row(
                "adaptive, padded, length ratio 2",
                Table.rate(runner.maxRate(padded, ArrivalTrace.Pattern.POISSON)),
                Table.rate(runner.goodput(padded, offered)));
        table.row("adaptive, packed", Table.rate(rate), Table.rate(runner.goodput(packed, offered)));
        tables.add(table);

        goals.add(new Goal("G3", "packed, to Triton with equal shapes; " + what, rate / equal.rate(), 4));
        goals.add(new Goal("G3", "packed, to Triton padded to the longest, mb=8; " + what, rate / eight.rate(), 3.5));
        goals.add(new Goal(
                "G3", "packed, to Triton padded to the longest, best mb; " + what, rate / longest.rate(), 3.5));
        double bestPacked = Math.max(plain.rate(), timeout.rate());
        goals.add(new Goal(
                "G3", "packed, to Triton packed, best timeout; " + what, rate / bestPacked, slo < TIGHT ? 1.1 : 1.04));
    }

    private static Sweep sweep(SimulationRunner runner, Function<Setup.Triton, Setup> setup) {
        return new Sweep(runner, triton -> Case.of(setup.apply(triton)));
    }

    private static void row(SimulationRunner runner, Table table, String name, Sweep.Best best, double offered) {
        table.row(name, Table.rate(best.rate()), Table.rate(runner.goodput(best.model(), offered)));
    }
}
