package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelDynamicBatching;
import dev.nereid.proto.inference.ModelQueuePolicy;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * The waiting requests of a model by priority, 1 first. A config may name any number of levels up to 2^64 - 1, as Triton
 * takes it, so a level exists only while requests of its priority wait; that of the default stays.
 */
final class PriorityLevels {
    private final QueuePolicy defaultPolicy;
    private final Map<Long, ModelQueuePolicy> policies;
    /** Unsigned, as the levels. */
    private final long count;

    private final long defaultLevel;
    private final TreeMap<Long, PriorityLevel> levels = new TreeMap<>(Long::compareUnsigned);

    PriorityLevels(ModelDynamicBatching batching) {
        this.defaultPolicy = QueuePolicy.of(batching.getDefaultQueuePolicy());
        this.count = batching.getPriorityLevels();
        // Without levels, what a config says of single ones means nothing.
        this.policies = count == 0 ? Map.of() : batching.getPriorityQueuePolicyMap();
        this.defaultLevel = batching.getDefaultPriorityLevel() == 0 ? 1 : batching.getDefaultPriorityLevel();
    }

    /** The level of a request that waits or is about to. */
    PriorityLevel of(ScheduledRequest request) {
        return levels.computeIfAbsent(key(request), level -> {
            ModelQueuePolicy policy = policies.get(level);
            return new PriorityLevel(policy == null ? defaultPolicy : QueuePolicy.of(policy));
        });
    }

    /** Takes a waiting request out for good. */
    void remove(ScheduledRequest request) {
        long key = key(request);
        PriorityLevel level = of(request);
        level.remove(request);
        if (level.size() == 0 && key != defaultLevel) {
            levels.remove(key);
        }
    }

    /** Forgets all requests. */
    void clear() {
        levels.clear();
    }

    /** Those that may hold requests, the first to be served first. Must not be kept over a change. */
    Collection<PriorityLevel> inOrder() {
        return levels.values();
    }

    /** Requests that wait. */
    int size() {
        int size = 0;
        for (PriorityLevel level : levels.values()) {
            size += level.size();
        }
        return size;
    }

    private long key(ScheduledRequest request) {
        if (count != 0 && request.request().isInBackground()) {
            return count; // the last to be served
        }
        long priority = request.request().header().priority();
        return priority != 0 && Long.compareUnsigned(priority, count) <= 0 ? priority : defaultLevel;
    }
}
