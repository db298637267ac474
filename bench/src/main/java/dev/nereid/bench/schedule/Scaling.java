package dev.nereid.bench.schedule;

import dev.nereid.bench.NumberTable;
import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A model that may have up to four instances, beside ones that always have one and always have four. */
final class Scaling implements SimulationExperiment {
    private static final int MOST = 4;
    private static final double SLO = 50;
    private static final double[] RATES = {100, 400, 800, 1200, 1600};

    /** So many times the usual number of requests: the policy takes seconds for each instance. */
    private static final int LONGER = 4;

    /** Place of a rate that one instance does in time. */
    private static final int QUIET = 0;

    /** Place of a rate that four instances are hardly enough for. */
    private static final int BUSY = 3;

    @Override
    public Set<String> goals() {
        return Set.of("instances");
    }

    @Override
    public Findings run(SimulationRunner runner, boolean full) {
        SimulationRunner longer = new SimulationRunner(LONGER * runner.requests(), runner.precision(), runner.seed());
        Setup one = Setup.adaptive(1, Curve.FLAT, SLO);
        Table table = new Table(
                "In time, with one to four instances, flat, mb=1, SLO 50 ms",
                "requests a second",
                "one",
                "four",
                "one to four",
                "instances on average");
        List<SimulationOutcome> fours = new ArrayList<>();
        List<SimulationOutcome> scaled = new ArrayList<>();
        for (double rate : RATES) {
            SimulationOutcome single = outcome(longer, one, rate);
            fours.add(outcome(longer, one.withInstances(MOST), rate));
            scaled.add(outcome(longer, one.withMostInstances(MOST), rate));
            table.row(
                    Table.rate(rate),
                    Table.percent(single.quality()),
                    Table.percent(fours.getLast().quality()),
                    Table.percent(scaled.getLast().quality()),
                    NumberTable.number(scaled.getLast().meanInstances(), 2));
        }
        return new Findings(
                List.of(table),
                List.of(
                        new Goal(
                                "instances",
                                "in time with one to four, to four; " + Table.rate(RATES[BUSY]) + " requests a second",
                                scaled.get(BUSY).quality() / fours.get(BUSY).quality(),
                                0.95),
                        new Goal(
                                "instances",
                                "one, to instances on average; " + Table.rate(RATES[QUIET]) + " requests a second",
                                1 / scaled.get(QUIET).meanInstances(),
                                0.8)));
    }

    private static SimulationOutcome outcome(SimulationRunner runner, Setup setup, double rate) {
        return runner.run(Case.of(setup), ArrivalTrace.Pattern.POISSON, rate, Long.MAX_VALUE)
                .getFirst();
    }
}
