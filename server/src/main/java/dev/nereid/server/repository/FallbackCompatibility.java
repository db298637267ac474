package dev.nereid.server.repository;

import dev.nereid.server.repository.folders.ModelId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Whether one model can answer requests that were meant for another one: its inputs and outputs must be the same. */
final class FallbackCompatibility {
    private FallbackCompatibility() {}

    /**
     * Why another model cannot stand in; empty where it can, or is not ready yet.
     *
     * @param ready the versions of the model itself
     */
    static Optional<String> mismatch(
            ModelId id, List<Model> ready, String other, Function<String, Optional<List<Model>>> others) {
        if (other.equals(id.name())) {
            return Optional.of("'model:" + other + "' is this model; expected another one, or a version");
        }
        Optional<List<Model>> found = others.apply(other);
        return ready.isEmpty() || found.isEmpty() || found.get().isEmpty()
                ? Optional.empty()
                : mismatch(ready.getLast(), found.get().getLast());
    }

    /** Why a model cannot stand in for another one; empty where it can. */
    static Optional<String> mismatch(Model model, Model other) {
        String name = "model '" + other.name() + "'";
        if (!model.inputs().equals(other.inputs())) {
            return Optional.of(name + " has other inputs: expected " + model.inputs() + ", got " + other.inputs());
        }
        if (!model.outputs().equals(other.outputs())) {
            return Optional.of(name + " has other outputs: expected " + model.outputs() + ", got " + other.outputs());
        }
        if (model.decoupled() || other.decoupled()) {
            return Optional.of("decoupled models have no fallback and are none");
        }
        if (model.config().hasSequenceBatching() || other.config().hasSequenceBatching()) {
            return Optional.of("models with sequences have no fallback and are none");
        }
        return Optional.empty();
    }
}
