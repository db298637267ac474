package dev.nereid.perf.model;

import java.util.List;

/**
 * What a server says of a model, as far as a load depends on it.
 *
 * @param version that was asked for; empty for the server's choice
 * @param maxBatch 0 for a model without a batch dimension
 * @param sequences whether requests belong to sequences
 * @param decoupled whether a request may have any number of responses
 * @param cached whether the server may answer from its response cache
 * @param steps for an ensemble the models it is composed of
 */
public record ModelContract(
        String name,
        String version,
        List<TensorSpec> inputs,
        List<TensorSpec> outputs,
        int maxBatch,
        boolean sequences,
        boolean decoupled,
        boolean cached,
        List<ModelReference> steps) {
    public ModelContract {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        steps = List.copyOf(steps);
    }

    /** The same with what holds of one of its steps: requests that belong to sequences, answers from the cache. */
    public ModelContract with(boolean sequencesBehind, boolean cachedBehind) {
        return new ModelContract(
                name,
                version,
                inputs,
                outputs,
                maxBatch,
                sequences || sequencesBehind,
                decoupled,
                cached || cachedBehind,
                steps);
    }

    /** Whether shapes begin with a batch. */
    public boolean batches() {
        return maxBatch > 0;
    }
}
