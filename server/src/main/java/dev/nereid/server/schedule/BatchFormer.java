package dev.nereid.server.schedule;

import dev.nereid.server.observe.BatchClose;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Looks at waiting requests one after the other, in the order in which they would run, and finds the batch that they
 * make. One use: {@link #offer} until it wants no more, then {@link #decide}.
 */
final class BatchFormer {
    private final BatchLimits limits;
    private final BiPredicate<ScheduledRequest, ScheduledRequest> compatible;
    private final BatchStrategy.Forming strategy;
    private final List<ScheduledRequest> candidates = new ArrayList<>();
    private long size;
    private long oldestNanos = Long.MAX_VALUE;
    private int preferredCount;
    private long preferredSize;
    /** Why no more fits; {@link BatchClose#QUEUE_EMPTY} while more would. */
    private BatchClose close = BatchClose.QUEUE_EMPTY;

    /**
     * Begins with an empty batch.
     *
     * @param compatible whether two requests may share a batch
     * @param strategy may end the batch earlier; belongs to the caller
     */
    BatchFormer(
            BatchLimits limits,
            BiPredicate<ScheduledRequest, ScheduledRequest> compatible,
            BatchStrategy.Forming strategy) {
        this.limits = limits;
        this.compatible = compatible;
        this.strategy = strategy;
    }

    /** Adds the request if it fits; answers whether a further one is of interest. */
    boolean offer(ScheduledRequest request) {
        long grown = size + request.batchSize();
        if (!candidates.isEmpty()) {
            if (preferredCount == 0 && grown > limits.largestPreferred()) {
                // Growing further would miss every preferred size: what there is goes, unless its time is up.
                preferredCount = candidates.size();
                preferredSize = size;
            }
            if (grown > limits.maxBatchSize()) {
                close = BatchClose.NO_ROOM;
                return false;
            }
            if (!compatible.test(candidates.getFirst(), request)) {
                close = BatchClose.OTHER_SHAPE;
                return false;
            }
        }
        // A batch has at least one request, or the queue would stand still.
        if (!strategy.include(request.request()) && !candidates.isEmpty()) {
            close = BatchClose.STRATEGY;
            return false;
        }
        candidates.add(request);
        size = grown;
        oldestNanos = candidates.size() == 1
                ? request.enqueuedNanos()
                : (request.enqueuedNanos() - oldestNanos < 0 ? request.enqueuedNanos() : oldestNanos);
        if (limits.preferred().contains(size)) {
            preferredCount = candidates.size();
            preferredSize = size;
        }
        if (size >= limits.maxBatchSize()) {
            close = BatchClose.FULL;
            return false;
        }
        return true;
    }

    /**
     * Whether the batch is as large as it will be: later requests come behind those that wait, and it is full, or of its
     * largest preferred size, or the next one that waits does not fit it.
     */
    boolean isComplete() {
        boolean closed = close == BatchClose.FULL || close == BatchClose.NO_ROOM || close == BatchClose.OTHER_SHAPE;
        return closed || size >= limits.largestPreferred();
    }

    /** What to do with the requests that were offered. */
    RequestQueue.Decision decide(long nowNanos) {
        if (candidates.isEmpty()) {
            return RequestQueue.IDLE;
        }
        boolean delayed = limits.delayNanos() > 0;
        boolean delayOver = delayed && nowNanos - oldestNanos >= limits.delayNanos();
        if (preferredCount > 0 && !delayOver) {
            return new RequestQueue.Decision.Run(List.copyOf(candidates.subList(0, preferredCount)), preferredClose());
        }
        boolean closed = close != BatchClose.QUEUE_EMPTY;
        if (closed || delayOver || !delayed) {
            BatchClose reason = !closed && delayOver ? BatchClose.DELAY : close;
            return new RequestQueue.Decision.Run(List.copyOf(candidates), reason);
        }
        if (size >= limits.largestPreferred()) {
            return new RequestQueue.Decision.Run(List.copyOf(candidates), BatchClose.PREFERRED_SIZE);
        }
        return new RequestQueue.Decision.Wait(oldestNanos + limits.delayNanos());
    }

    private BatchClose preferredClose() {
        if (preferredSize >= limits.maxBatchSize()) {
            return BatchClose.FULL;
        }
        return limits.preferred().contains(preferredSize) ? BatchClose.PREFERRED_SIZE : BatchClose.NO_ROOM;
    }
}
