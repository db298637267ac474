package dev.nereid.bench.schedule;

import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Tries settings of Triton's batcher and keeps the best for the rate. */
record Sweep(SimulationRunner runner, Function<Setup.Triton, Case> model) {
    /** The best of some settings. */
    record Best(Setup.Triton triton, Case model, double rate) {}

    Best best(List<Setup.Triton> settings) {
        Best best = null;
        for (Setup.Triton triton : settings) {
            Case candidate = model.apply(triton);
            double rate = runner.maxRate(candidate, ArrivalTrace.Pattern.POISSON);
            if (best == null || rate > best.rate()) {
                best = new Best(triton, candidate, rate);
            }
        }
        if (best == null) {
            throw new IllegalArgumentException("nothing to try");
        }
        return best;
    }

    /** All pairs of sizes and delays, without timeouts. */
    static List<Setup.Triton> delays(List<Integer> sizes, List<Double> delays) {
        List<Setup.Triton> settings = new ArrayList<>();
        for (int size : sizes) {
            for (double delay : delays) {
                settings.add(new Setup.Triton(size, delay, 0));
            }
        }
        return settings;
    }

    /** All pairs of sizes and timeouts, which are parts of the objective; without delay. */
    static List<Setup.Triton> timeouts(List<Integer> sizes, List<Double> parts, double sloMillis) {
        List<Setup.Triton> settings = new ArrayList<>();
        for (int size : sizes) {
            for (double part : parts) {
                settings.add(new Setup.Triton(size, 0, part * sloMillis));
            }
        }
        return settings;
    }
}
