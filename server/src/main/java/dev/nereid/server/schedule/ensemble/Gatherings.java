package dev.nereid.server.schedule.ensemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values of one request that wait for others, by who needs them and by iteration. Under the request's lock. */
final class Gatherings {
    /** Stands for the answer where a step's number is expected. */
    static final int ANSWER = -1;

    private record Key(int step, long iteration) {}

    private final Map<Key, Gathering> gatherings = new HashMap<>();

    /**
     * Puts a value in its place and becomes a user of it.
     *
     * @param step who needs it: a step's number, or {@link #ANSWER}
     * @param places how many values are needed there
     * @return all values where this was the last one; the caller is their user then
     * @throws IllegalStateException if the place is taken
     */
    Optional<List<Value>> put(int step, long iteration, int places, int place, Value value) {
        Key key = new Key(step, iteration);
        Gathering gathering = gatherings.computeIfAbsent(key, _ -> new Gathering(places));
        gathering.put(place, value);
        if (!gathering.isComplete()) {
            return Optional.empty();
        }
        gatherings.remove(key);
        return Optional.of(gathering.present());
    }

    /** Takes out everything that waits; the caller is its user then. */
    List<Value> clear() {
        List<Value> all = new ArrayList<>();
        gatherings.values().forEach(gathering -> all.addAll(gathering.present()));
        gatherings.clear();
        return all;
    }
}
