package dev.nereid.bench.schedule;

import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** A model that gets twice what the device can do, beside one that gets little. */
final class NoisyNeighbour implements SimulationExperiment {
    private static final int MOST = 64;
    private static final double SLO = 50;
    private static final double QUIET_RATE = 50;
    /** What the device does in batches of the largest size. */
    private static final double POSSIBLE = MOST * 1000 / (Curve.WIDE.fixed() + MOST * Curve.WIDE.perItem());

    private static final double[] RATES = {2 * POSSIBLE, QUIET_RATE};

    /** So many times the usual number of requests: the quiet model gets one in a hundred. */
    private static final int LONGER = 8;

    @Override
    public Set<String> goals() {
        return Set.of("G6");
    }

    @Override
    public Findings run(SimulationRunner runner, boolean full) {
        SimulationRunner longer = new SimulationRunner(LONGER * runner.requests(), runner.precision(), runner.seed());
        Table table = new Table(
                "A with " + Table.rate(RATES[0]) + " requests a second beside B with " + Table.rate(QUIET_RATE)
                        + ", wide, SLO 50 ms",
                "policy",
                "A in time, of " + Table.rate(POSSIBLE) + " possible",
                "B in time");
        Setup triton = Setup.triton(new Setup.Triton(MOST, 0, 0), Curve.WIDE, SLO);
        row(longer, table, "Triton, at once", triton, Sharing.AT_ONCE);
        row(longer, table, "Triton, one after the other", triton, Sharing.IN_ORDER);
        row(longer, table, "Triton, rate limiter", triton, Sharing.FEWEST_FIRST);
        List<SimulationOutcome> ours =
                row(longer, table, "adaptive", Setup.adaptive(MOST, Curve.WIDE, SLO), Sharing.OWN);
        return new Findings(
                List.of(table),
                List.of(
                        new Goal("G6", "B in time", ours.getLast().quality(), SimulationRunner.QUALITY),
                        new Goal(
                                "G6",
                                "A in time, to what is possible",
                                ours.getFirst().goodput() / POSSIBLE,
                                0.85)));
    }

    private static List<SimulationOutcome> row(
            SimulationRunner runner, Table table, String name, Setup setup, Sharing sharing) {
        Case both = new Case(Collections.nCopies(2, setup), List.of(0.5, 0.5), sharing);
        List<SimulationOutcome> outcomes = runner.runAt(both, ArrivalTrace.Pattern.POISSON, RATES, Long.MAX_VALUE);
        table.row(
                name,
                Table.rate(outcomes.getFirst().goodput()),
                Table.percent(outcomes.getLast().quality()));
        return outcomes;
    }
}
