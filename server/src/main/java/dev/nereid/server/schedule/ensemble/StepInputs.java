package dev.nereid.server.schedule.ensemble;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the inputs of one ensemble step, or of a response, for one iteration. Under its request's lock. */
final class StepInputs {
    private final @Nullable EnsembleValue[] values;
    private int missing;

    StepInputs(int places) {
        values = new EnsembleValue[places];
        missing = places;
    }

    /**
     * Sets an input and retains it.
     *
     * @throws IllegalStateException if the place is taken
     */
    void put(int place, EnsembleValue value) {
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

    /** The inputs so far, in order. */
    List<EnsembleValue> present() {
        List<EnsembleValue> present = new ArrayList<>(values.length);
        for (EnsembleValue value : values) {
            if (value != null) {
                present.add(value);
            }
        }
        return present;
    }
}
