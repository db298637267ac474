package dev.nereid.server.observe;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What one model's scheduler did and why, beyond what Triton counts. Any thread. */
public final class SchedulingStatistics {
    /**
     * The counters at one moment.
     *
     * @param closes for every reason, also those that never occurred
     * @param drops for every reason, also those that never occurred
     * @param instances that take requests
     */
    public record Snapshot(Map<BatchClose, Long> closes, Map<DropReason, Long> drops, int instances) {
        public Snapshot {
            closes = Map.copyOf(closes);
            drops = Map.copyOf(drops);
        }
    }

    private final Map<BatchClose, LongAdder> closes = counters(BatchClose.class);
    private final Map<DropReason, LongAdder> drops = counters(DropReason.class);

    private volatile int instances;

    SchedulingStatistics() {}

    private static <E extends Enum<E>> Map<E, LongAdder> counters(Class<E> type) {
        Map<E, LongAdder> counters = new EnumMap<>(type);
        for (E each : type.getEnumConstants()) {
            counters.put(each, new LongAdder());
        }
        return counters;
    }

    void recordClose(BatchClose reason) {
        increment(closes, reason);
    }

    void recordDrop(DropReason reason) {
        increment(drops, reason);
    }

    private static <E extends Enum<E>> void increment(Map<E, LongAdder> counters, E which) {
        LongAdder counter = counters.get(which);
        if (counter != null) {
            counter.increment();
        }
    }

    void instances(int count) {
        instances = count;
    }

    Snapshot snapshot() {
        return new Snapshot(sums(closes), sums(drops), instances);
    }

    private static <E extends Enum<E>> Map<E, Long> sums(Map<E, LongAdder> counters) {
        Map<E, Long> sums = new HashMap<>();
        counters.forEach((each, counter) -> sums.put(each, counter.sum()));
        return sums;
    }
}
