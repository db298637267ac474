package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelDynamicBatching;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * How large a batch should get and how long it may be waited for.
 *
 * @param maxBatchSize never exceeded by more than one request together
 * @param preferred sizes that are sent without waiting for more, each from 1 to {@code maxBatchSize}; at least one
 * @param delayNanos how long the oldest request may wait for others; 0 for not at all
 */
record BatchLimits(long maxBatchSize, NavigableSet<Long> preferred, long delayNanos) {
    BatchLimits {
        preferred = java.util.Collections.unmodifiableNavigableSet(new TreeSet<>(preferred));
        if (preferred.isEmpty()) {
            throw new IllegalArgumentException("a dynamic batcher needs a preferred batch size");
        }
    }

    static BatchLimits of(ModelConfig config) {
        ModelDynamicBatching batching = config.getDynamicBatching();
        NavigableSet<Long> preferred = new TreeSet<>();
        batching.getPreferredBatchSizeList().forEach(size -> preferred.add((long) size));
        if (preferred.isEmpty()) {
            preferred.add((long) config.getMaxBatchSize());
        }
        return new BatchLimits(config.getMaxBatchSize(), preferred, batching.getMaxQueueDelayMicroseconds() * 1000);
    }

    long largestPreferred() {
        return preferred.last();
    }
}
