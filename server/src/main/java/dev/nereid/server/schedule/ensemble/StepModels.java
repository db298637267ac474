package dev.nereid.server.schedule.ensemble;

/** Finds the models of an ensemble's steps, and those that a model's code calls. Any thread. */
@FunctionalInterface
public interface StepModels {
    /**
     * Takes hold of a model version; the caller closes it.
     *
     * @param version -1 for the highest that is ready
     * @throws dev.nereid.server.protocol.InferException if there is none
     */
    StepModel hold(String name, long version);
}
