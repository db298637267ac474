package dev.nereid.server.backend.plan;

import dev.nereid.models.LoadedModel;
import dev.nereid.server.protocol.Closing;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A model's file, loaded once for each place where it has instances: the CPU, or a GPU by its number. Instances of a place
 * share what is loaded there: the model, and once a request needs it, the model with the dims of its inputs apart. Any thread.
 */
final class PlanPlaces implements AutoCloseable {
    /** Loads the file. */
    interface Loading {
        /** Loads it for a GPU, or for the CPU if there is no number. */
        LoadedModel load(OptionalInt gpu);

        /** As {@link #load}, where its inputs' dims of one name may differ. */
        LoadedModel loadApart(OptionalInt gpu);

        /**
         * Does nothing if the model may take such inputs, though dims of one name differ.
         *
         * @throws dev.nereid.server.protocol.InferException if an operator does not take them
         */
        void requireFitting(List<Tensor> inputs);
    }

    private record Place(OptionalInt gpu, boolean apart) {}

    private final Loading loading;
    private final Map<Place, LoadedModel> loaded = new ConcurrentHashMap<>();

    PlanPlaces(Loading loading) {
        this.loading = loading;
    }

    /** The model at a place; loads it the first time. */
    LoadedModel at(OptionalInt gpu) {
        return at(new Place(gpu, false));
    }

    /**
     * The model at a place for inputs whose dims of one name differ; loads it the first time, unless it would be in vain.
     *
     * @throws dev.nereid.server.protocol.InferException if an operator does not take them
     */
    LoadedModel apart(OptionalInt gpu, List<Tensor> inputs) {
        Place place = new Place(gpu, true);
        if (!loaded.containsKey(place)) {
            loading.requireFitting(inputs);
        }
        return at(place);
    }

    private LoadedModel at(Place place) {
        LoadedModel there = loaded.get(place);
        return there == null ? load(place) : there;
    }

    /** One load at a time; who asks for what is there does not wait for it. */
    private synchronized LoadedModel load(Place place) {
        LoadedModel there = loaded.get(place);
        if (there == null) {
            there = place.apart() ? loading.loadApart(place.gpu()) : loading.load(place.gpu());
            loaded.put(place, there);
        }
        return there;
    }

    /** Bytes of the host's memory that constants take at all places. */
    long constantBytes() {
        return loaded.values().stream().mapToLong(LoadedModel::constantBytes).sum();
    }

    @Override
    public synchronized void close() {
        List<LoadedModel> all = List.copyOf(loaded.values());
        loaded.clear();
        Closing.all(all);
    }
}
