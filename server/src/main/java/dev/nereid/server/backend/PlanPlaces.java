package dev.nereid.server.backend;

import dev.nereid.models.LoadedModel;
import dev.nereid.server.protocol.Closing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A model's file, loaded once for each place where it has instances: the CPU, or a GPU by its number. Instances of a place
 * share what is loaded there. Any thread.
 */
final class PlanPlaces implements AutoCloseable {
    private final Function<OptionalInt, LoadedModel> load;
    private final Map<OptionalInt, LoadedModel> loaded = new LinkedHashMap<>();

    /** @param load loads the file for a GPU, or for the CPU if there is no number */
    PlanPlaces(Function<OptionalInt, LoadedModel> load) {
        this.load = load;
    }

    /** The model at a place; loads it the first time. */
    synchronized LoadedModel at(OptionalInt gpu) {
        LoadedModel there = loaded.get(gpu);
        if (there == null) {
            there = load.apply(gpu);
            loaded.put(gpu, there);
        }
        return there;
    }

    /** Bytes of the host's memory that constants take at all places. */
    synchronized long constantBytes() {
        return loaded.values().stream().mapToLong(LoadedModel::constantBytes).sum();
    }

    @Override
    public synchronized void close() {
        List<LoadedModel> all = List.copyOf(loaded.values());
        loaded.clear();
        Closing.all(all);
    }
}
