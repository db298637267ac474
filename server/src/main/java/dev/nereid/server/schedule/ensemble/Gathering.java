package dev.nereid.server.schedule.ensemble;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values that a step or an answer needs of one iteration, as they come in. Under its request's lock. */
final class Gathering {
    private final @Nullable Value[] values;
    private int missing;

    Gathering(int places) {
        values = new Value[places];
        missing = places;
    }

    /**
     * Puts a value in its place and becomes a user of it.
     *
     * @throws IllegalStateException if the place is taken
     */
    void put(int place, Value value) {
        if (values[place] != null) {
            throw new IllegalStateException("a tensor of an ensemble was given twice in one iteration");
        }
        value.memory().retain();
        values[place] = value;
        missing--;
    }

    boolean isComplete() {
        return missing == 0;
    }

    /** What there is by now, in order. */
    List<Value> present() {
        List<Value> present = new ArrayList<>(values.length);
        for (Value value : values) {
            if (value != null) {
                present.add(value);
            }
        }
        return present;
    }
}
