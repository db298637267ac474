package dev.nereid.perf.load;

import dev.nereid.perf.client.Transport;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputSet;
import dev.nereid.perf.data.InputSet.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Requests of sequences: each slot has one going on, with a correlation id and a length of its own. */
public final class SequenceSource implements RequestSource {
    /**
     * How sequences are made.
     *
     * @param length mean number of requests; 0 for that of the data
     * @param variation percent by which a length may differ from the mean
     * @param firstId smallest correlation id
     * @param lastId one beyond the largest
     */
    public record Settings(int length, double variation, long firstId, long lastId, long seed) {}

    /** A step, and where in its sequence it stands. */
    private record Place(Step step, long id, boolean first, boolean last) {}

    private static final class Slot {
        private List<Step> stream = List.of();
        private long id;
        private int sent;
        private int length;
    }

    private final InputSet data;
    private final Function<Step, InferenceRequest> requests;
    private final Transport transport;
    private final Settings settings;
    private final SplittableRandom random;
    private final List<Slot> slots = new ArrayList<>();
    private final Set<Long> used = new HashSet<>();
    private int nextStream;
    private long nextId;

    /** @param requests the request that a step makes, without the sequence's parameters */
    public SequenceSource(
            InputSet data, Function<Step, InferenceRequest> requests, Transport transport, Settings settings) {
        this.data = data;
        this.requests = requests;
        this.transport = transport;
        this.settings = settings;
        this.random = new SplittableRandom(settings.seed());
        this.nextId = settings.firstId();
    }

    @Override
    public Next next(int number) {
        return next(place(number));
    }

    @Override
    public List<Next> closing() {
        List<Place> places = new ArrayList<>();
        synchronized (this) {
            for (Slot slot : slots) {
                if (slot.sent < slot.length) {
                    Step step = slot.stream.get(slot.sent % slot.stream.size());
                    places.add(new Place(step, slot.id, false, true));
                    slot.sent = slot.length;
                }
            }
        }
        return places.stream().map(this::next).toList();
    }

    private Next next(Place place) {
        InferenceRequest plain = requests.apply(place.step());
        Map<String, Object> parameters = new HashMap<>(plain.parameters());
        parameters.put("sequence_id", place.id());
        parameters.put("sequence_start", place.first());
        parameters.put("sequence_end", place.last());
        return new Next(transport.prepare(plain.with(parameters)), place.last());
    }

    /** Takes the slot's next step; encoding it is not done under the lock. */
    private synchronized Place place(int number) {
        while (slots.size() <= number) {
            slots.add(new Slot());
        }
        Slot slot = slots.get(number);
        boolean first = slot.sent == slot.length;
        if (first) {
            begin(slot);
        }
        Step step = slot.stream.get(slot.sent % slot.stream.size());
        slot.sent++;
        return new Place(step, slot.id, first, slot.sent == slot.length);
    }

    /** Ids that are free are taken in turns; where none is, the slot keeps its own. */
    private void begin(Slot slot) {
        slot.stream = data.streams().get(nextStream++ % data.streams().size());
        slot.length = settings.length() > 0 ? length() : slot.stream.size();
        slot.sent = 0;
        used.remove(slot.id);
        long id = nextId;
        if (used.contains(id)) {
            id = slot.id;
        } else {
            nextId = nextId + 1 >= settings.lastId() ? settings.firstId() : nextId + 1;
        }
        slot.id = id;
        used.add(id);
    }

    private int length() {
        double share = settings.variation() / 100 * (2 * random.nextDouble() - 1);
        return (int) Math.max(1, Math.round(settings.length() * (1 + share)));
    }
}
