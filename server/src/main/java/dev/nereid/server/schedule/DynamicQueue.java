package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The dynamic batcher: requests of several priorities, with limits on number and time, that leave in batches. Batches
 * are formed when an instance is free to take them, so that late requests of a high priority still come first.
 *
 * <p>For an instance that prepares a batch while it executes another, a batch is formed before only if no later request
 * could join it, so that none is smaller for it; with {@code optimization.eager_batching}, as if the instance were free.
 */
final class DynamicQueue implements RequestQueue {
    private final BatchLimits limits;
    private final BatchShapes shapes;
    private final BatchStrategy.Opened strategy;
    private final PriorityLevels levels;
    private final boolean eager;
    /** Whether a later request may come before one that waits. */
    private final boolean reorders;
    /** Requests whose time runs, the next to expire first; may hold some that have left. */
    private final PriorityQueue<ScheduledRequest> expiring =
            new PriorityQueue<>(Comparator.comparingLong(ScheduledRequest::expiresNanos));

    /** @param strategy may end batches earlier; belongs to this queue */
    DynamicQueue(ModelConfig config, BatchStrategy.Opened strategy) {
        this.strategy = strategy;
        limits = BatchLimits.of(config);
        shapes = new BatchShapes(config);
        levels = new PriorityLevels(config.getDynamicBatching());
        eager = config.getOptimization().getEagerBatching();
        reorders = config.getDynamicBatching().getPriorityLevels() != 0
                || QueuePolicy.of(config.getDynamicBatching().getDefaultQueuePolicy())
                        .delay();
    }

    @Override
    public void add(ScheduledRequest request) {
        PriorityLevel level = levels.of(request);
        if (level.isFull()) {
            throw InferException.queueFull(request.request().header().prefix() + "Exceeds maximum queue size");
        }
        level.add(request);
        request.expireAt(level.policy()
                .expiry(request.enqueuedNanos(), request.request().header().timeoutMicros()));
        if (request.expiresNanos() != Long.MAX_VALUE) {
            expiring.add(request);
        }
    }

    @Override
    public Decision next(long nowNanos, List<Dropped> dropped) {
        return next(nowNanos, dropped, false);
    }

    @Override
    public Decision nextPrepared(long nowNanos, List<Dropped> dropped) {
        if (!eager && reorders) {
            return new Decision.Wait(expire(nowNanos, dropped));
        }
        return next(nowNanos, dropped, !eager);
    }

    private Decision next(long nowNanos, List<Dropped> dropped, boolean completeOnly) {
        long expiry = expire(nowNanos, dropped);
        List<ScheduledRequest> cancelled = new ArrayList<>();
        Decision decision = form(nowNanos, cancelled, completeOnly);
        for (ScheduledRequest request : cancelled) {
            levels.remove(request);
            dropped.add(new Dropped(
                    request,
                    new InferException(InferException.Code.CANCELLED, "Request cancelled"),
                    DropReason.CANCELLED));
        }
        return switch (decision) {
            case Decision.Run run -> {
                run.requests().forEach(request -> levels.remove(request));
                yield run;
            }
            case Decision.Wait wait -> new Decision.Wait(Math.min(wait.untilNanos(), expiry));
            case Decision.Idle idle -> idle;
        };
    }

    private Decision form(long nowNanos, List<ScheduledRequest> cancelled, boolean completeOnly) {
        if (size() == 0) {
            return IDLE;
        }
        try (BatchStrategy.Forming forming = strategy.begin()) {
            BatchFormer former = new BatchFormer(limits, shapes::compatible, forming);
            for (PriorityLevel level : levels.inOrder()) {
                boolean more = level.visit(request -> {
                    if (request.request().cancelled()) {
                        cancelled.add(request);
                        return true;
                    }
                    return former.offer(request);
                });
                if (!more) {
                    break;
                }
            }
            return completeOnly && !former.isComplete() ? new Decision.Wait(Long.MAX_VALUE) : former.decide(nowNanos);
        }
    }

    @Override
    public long expire(long nowNanos, List<Dropped> dropped) {
        for (ScheduledRequest next = expiring.peek(); next != null; next = expiring.peek()) {
            if (next.place() == ScheduledRequest.Place.WAITING) {
                if (next.expiresNanos() > nowNanos) {
                    return next.expiresNanos();
                }
                PriorityLevel level = levels.of(next);
                if (level.policy().delay()) {
                    level.delay(next);
                } else {
                    levels.remove(next);
                    dropped.add(
                            new Dropped(next, InferException.expired("Request timeout expired"), DropReason.TIMEOUT));
                }
            }
            expiring.poll();
        }
        return Long.MAX_VALUE;
    }

    @Override
    public void clear() {
        levels.clear();
        expiring.clear();
    }

    @Override
    public int size() {
        return levels.size();
    }

    @Override
    public void close() {
        strategy.close();
    }
}
