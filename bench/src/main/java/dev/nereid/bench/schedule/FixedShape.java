package dev.nereid.bench.schedule;

import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One model with items of one size: idle latency, the highest rate, what is left of it under overload. */
final class FixedShape implements SimulationExperiment {
    private static final int MOST = 128;
    private static final double OVERLOAD = 1.5;
    private static final double LIGHT_LOAD = 0.05;
    private static final List<Integer> SIZES = List.of(4, 8, 16, 32, 64, 96, 128);
    private static final List<Integer> FEW_SIZES = List.of(8, 64, 128);
    private static final List<Double> DELAYS = List.of(0.0, 1.0, 5.0, 10.0);
    private static final List<Double> TIMEOUTS = List.of(0.3, 0.4, 0.5, 0.6, 0.7);

    /** A model to try. */
    private record Model(String name, Curve curve, int instances, double sloMillis) {
        Case triton(Setup.Triton triton) {
            return Case.of(Setup.triton(triton, curve, sloMillis).withInstances(instances));
        }

        Case adaptive() {
            return Case.of(Setup.adaptive(MOST, curve, sloMillis).withInstances(instances));
        }
    }

    private static final List<Model> MODELS = List.of(
            new Model("wide, SLO 50 ms", Curve.WIDE, 1, 50),
            new Model("wide, SLO 20 ms", Curve.WIDE, 1, 20),
            new Model("flat, 2 instances, SLO 50 ms", Curve.FLAT, 2, 50));

    @Override
    public Set<String> goals() {
        return Set.of("G1", "G2", "G4");
    }

    @Override
    public Findings run(SimulationRunner runner, boolean full) {
        List<Table> tables = new ArrayList<>();
        List<Goal> goals = new ArrayList<>();
        Table idle = new Table("Median latency at 5 % load, ms", "model", "Triton D=0", "Triton D=5 ms", "adaptive");
        for (Model model : MODELS) {
            rates(runner, full, model, tables, goals);
            idle(runner, model, idle, goals);
        }
        tables.add(idle);
        return new Findings(tables, goals);
    }

    private static void rates(
            SimulationRunner runner, boolean full, Model model, List<Table> tables, List<Goal> goals) {
        Case adaptive = model.adaptive();
        double rate = runner.maxRate(adaptive, ArrivalTrace.Pattern.POISSON);
        double offered = OVERLOAD * rate;
        Table table = new Table(
                "Requests a second, " + model.name(),
                "policy",
                "most, Poisson",
                "most, bursty",
                "in time at " + Table.rate(offered));
        Sweep sweep = new Sweep(runner, model::triton);
        Sweep.Best best = sweep.best(full ? Sweep.delays(SIZES, DELAYS) : Sweep.delays(FEW_SIZES, List.of(0.0)));
        if (full) {
            Case none =
                    Case.of(Setup.unbatched(model.curve(), model.sloMillis()).withInstances(model.instances()));
            row(runner, table, "Triton, no batcher", none, offered);
            for (Setup.Triton triton : List.of(new Setup.Triton(8, 0, 0), new Setup.Triton(32, 10, 0))) {
                row(runner, table, "Triton " + triton, model.triton(triton), offered);
            }
            row(runner, table, "Triton, best mb and D: " + best.triton(), best.model(), offered);
            Sweep.Best timeout = sweep.best(Sweep.timeouts(SIZES, TIMEOUTS, model.sloMillis()));
            row(runner, table, "Triton, best mb and timeout: " + timeout.triton(), timeout.model(), offered);
        }
        double goodput = row(runner, table, "adaptive", adaptive, offered);
        tables.add(table);
        goals.add(
                new Goal("G2", "most, Poisson, to Triton's best mb and D; " + model.name(), rate / best.rate(), 0.98));
        goals.add(new Goal("G4", "in time at 1.5 times the most, to the most; " + model.name(), goodput / rate, 0.95));
    }

    private static double row(SimulationRunner runner, Table table, String name, Case model, double offered) {
        double goodput = runner.goodput(model, offered);
        table.row(
                name,
                Table.rate(runner.maxRate(model, ArrivalTrace.Pattern.POISSON)),
                Table.rate(runner.maxRate(model, ArrivalTrace.Pattern.BURSTY)),
                Table.rate(goodput));
        return goodput;
    }

    private static void idle(SimulationRunner runner, Model model, Table table, List<Goal> goals) {
        double rate = LIGHT_LOAD * model.adaptive().impossibleRate();
        double triton = median(runner, model.triton(new Setup.Triton(MOST, 0, 0)), rate);
        double delayed = median(runner, model.triton(new Setup.Triton(MOST, 5, 0)), rate);
        double adaptive = median(runner, model.adaptive(), rate);
        table.row(model.name(), Table.millis(triton), Table.millis(delayed), Table.millis(adaptive));
        goals.add(new Goal(
                "G1",
                "idle latency of Triton D=0, and 0.1 ms, to ours; " + model.name(),
                (triton + 0.1) / adaptive,
                1));
    }

    private static double median(SimulationRunner runner, Case model, double rate) {
        return runner.run(model, ArrivalTrace.Pattern.POISSON, rate, Long.MAX_VALUE)
                .getFirst()
                .medianMillis();
    }
}
