package dev.nereid.models.lowering;

/** The work of one step. Immutable; run by many threads at a time, each with a frame of its own. */
@FunctionalInterface
public interface StepKernel {
    void run(StepRun run);
}
