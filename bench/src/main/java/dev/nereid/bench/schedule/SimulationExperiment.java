package dev.nereid.bench.schedule;

import java.util.Set;

/** An experiment: simulations that answer one question. */
interface SimulationExperiment {
    /** The goals that it decides on. */
    Set<String> goals();

    /**
     * Runs it.
     *
     * @param full whether all of Triton's settings are tried that might be good, or a few
     */
    Findings run(SimulationRunner runner, boolean full);
}
