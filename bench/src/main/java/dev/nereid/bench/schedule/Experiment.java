package dev.nereid.bench.schedule;

import java.util.Set;

/** Simulations that answer one question. */
interface Experiment {
    /** The goals that it decides on. */
    Set<String> goals();

    /**
     * Runs it.
     *
     * @param full whether all of Triton's settings are tried that might be good, or a few
     */
    Findings run(SimulationRunner runner, boolean full);
}
