package dev.nereid.server.schedule;

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
    private boolean closed;

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
            }
            if (grown > limits.maxBatchSize() || !compatible.test(candidates.getFirst(), request)) {
                closed = true;
                return false;
            }
        }
        // A batch has at least one request, or the queue would stand still.
        if (!strategy.include(request.request()) && !candidates.isEmpty()) {
            closed = true;
            return false;
        }
        candidates.add(request);
        size = grown;
        oldestNanos = candidates.size() == 1
                ? request.enqueuedNanos()
                : (request.enqueuedNanos() - oldestNanos < 0 ? request.enqueuedNanos() : oldestNanos);
        if (limits.preferred().contains(size)) {
            preferredCount = candidates.size();
        }
        return size < limits.maxBatchSize();
    }

    /** What to do with the requests that were offered. */
    RequestQueue.Decision decide(long nowNanos) {
        if (candidates.isEmpty()) {
            return RequestQueue.IDLE;
        }
        boolean delayed = limits.delayNanos() > 0;
        boolean delayOver = delayed && nowNanos - oldestNanos >= limits.delayNanos();
        if (preferredCount > 0 && !delayOver) {
            return new RequestQueue.Decision.Run(List.copyOf(candidates.subList(0, preferredCount)));
        }
        if (closed || size >= limits.largestPreferred() || delayOver || !delayed) {
            return new RequestQueue.Decision.Run(List.copyOf(candidates));
        }
        return new RequestQueue.Decision.Wait(oldestNanos + limits.delayNanos());
    }
}
