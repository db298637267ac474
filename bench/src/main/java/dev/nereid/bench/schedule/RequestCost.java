package dev.nereid.bench.schedule;

import dev.nereid.bench.schedule.SchedulerCostMeasurement.Costs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a request costs in the scheduler itself; measured on this machine, in real time. */
final class RequestCost implements SimulationExperiment {
    private static final int MOST = 128;
    private static final double SLO = 50;
    private static final double MICROS_ALLOWED = 20;

    @Override
    public Set<String> goals() {
        return Set.of("G7");
    }

    @Override
    public Findings run(SimulationRunner runner, boolean full) {
        SchedulerCostMeasurement measurement = new SchedulerCostMeasurement(runner.seed(), full ? 5 : 1, full ? 10 : 3);
        Table table = new Table(
                "Processor time in the scheduler at " + Table.rate(SchedulerCostMeasurement.RATE)
                        + " requests a second, microseconds a request",
                "policy, backend",
                "batch",
                "p50",
                "p99",
                "p99.9");
        List<Goal> goals = new ArrayList<>();
        Setup triton = Setup.triton(new Setup.Triton(MOST, 0, 0), Curve.WIDE, SLO);
        Setup adaptive = Setup.adaptive(MOST, Curve.WIDE, SLO);
        row(table, "Triton, answers at once", measurement.run(triton, 0));
        row(table, "Triton, answers after 1 ms", measurement.run(triton, 1));
        double quick = row(table, "adaptive, answers at once", measurement.run(adaptive, 0));
        double slow = row(table, "adaptive, answers after 1 ms", measurement.run(adaptive, 1));
        goals.add(new Goal("G7", "20 us to p99; answers at once", MICROS_ALLOWED / quick, 1));
        goals.add(new Goal("G7", "20 us to p99; answers after 1 ms", MICROS_ALLOWED / slow, 1));
        return new Findings(List.of(table), goals);
    }

    private static double row(Table table, String name, Costs costs) {
        table.row(
                name,
                Table.millis(costs.meanBatch()),
                Table.millis(costs.micros(0.5)),
                Table.millis(costs.micros(0.99)),
                Table.millis(costs.micros(0.999)));
        return costs.micros(0.99);
    }
}
