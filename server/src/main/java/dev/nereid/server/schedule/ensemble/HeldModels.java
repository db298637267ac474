package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.schedule.ensemble.EnsemblePlan.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The models of one request's steps, each held once. Used by one thread at a time. */
final class HeldModels {
    private record Key(String name, long version) {}

    private final EnsembleScheduler scheduler;
    private final Map<Key, StepModel> held = new HashMap<>();

    HeldModels(EnsembleScheduler scheduler) {
        this.scheduler = scheduler;
    }

    /**
     * Takes hold of all models of these steps.
     *
     * @throws dev.nereid.server.protocol.InferException if one is not ready; some may be held then
     */
    void hold(List<Step> steps) {
        for (Step step : steps) {
            held.computeIfAbsent(
                    new Key(step.model(), step.version()),
                    key -> scheduler.models().hold(key.name(), key.version()));
        }
    }

    /** The model of a step, which is held. */
    StepModel of(Step step) {
        return Objects.requireNonNull(held.get(new Key(step.model(), step.version())), step.model());
    }

    /** Lets all go. */
    void close() {
        held.values().forEach(StepModel::close);
        held.clear();
    }
}
