package dev.nereid.server.schedule.ensemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Incomplete step inputs of one ensemble request, by step and iteration. Under the request's lock. */
final class PendingStepInputs {
    /** The index of the ensemble's response, in place of a step's. */
    static final int ANSWER = -1;

    private record Key(int step, long iteration) {}

    private final Map<Key, StepInputs> pending = new HashMap<>();

    /**
     * Sets an input and retains it.
     *
     * @param step who needs it: a step's number, or {@link #ANSWER}
     * @param places how many values are needed there
     * @return all values where this was the last one; the caller is their user then
     * @throws IllegalStateException if the place is taken
     */
    Optional<List<EnsembleValue>> put(int step, long iteration, int places, int place, EnsembleValue value) {
        Key key = new Key(step, iteration);
        StepInputs inputs = pending.computeIfAbsent(key, _ -> new StepInputs(places));
        inputs.put(place, value);
        if (!inputs.isComplete()) {
            return Optional.empty();
        }
        pending.remove(key);
        return Optional.of(inputs.present());
    }

    /** Removes all pending values; the caller takes over their references. */
    List<EnsembleValue> clear() {
        List<EnsembleValue> all = new ArrayList<>();
        pending.values().forEach(inputs -> all.addAll(inputs.present()));
        pending.clear();
        return all;
    }
}
