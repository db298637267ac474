package dev.nereid.server.schedule.sequence;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelSequenceBatching.StrategyOldest;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.schedule.BatchShapes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A dynamic batch of the sequences' next requests, at most one of each, in the order in which they became ready. Each
 * counts as 1, so a batch of a preferred size can always be cut from those that wait.
 */
final class OldestBatcher implements LaneBatcher {
    private static final long NANOS_PER_MICRO = 1000;

    private final SequencedSet<SequenceRequest> ready = new LinkedHashSet<>();
    private final BatchShapes shapes;
    private final int maxBatchSize;
    private final NavigableSet<Integer> preferred;
    private final long delayNanos;

    OldestBatcher(ModelConfig config, BatchShapes shapes) {
        StrategyOldest oldest = config.getSequenceBatching().getOldest();
        this.shapes = shapes;
        this.maxBatchSize = Math.max(config.getMaxBatchSize(), 1);
        this.preferred = new TreeSet<>(oldest.getPreferredBatchSizeList());
        if (preferred.isEmpty()) {
            preferred.add(maxBatchSize);
        }
        this.delayNanos = oldest.getMaxQueueDelayMicroseconds() * NANOS_PER_MICRO;
    }

    @Override
    public void ready(SequenceRequest head, long nowNanos) {
        if (ready.add(head)) {
            head.readyAt(nowNanos);
        }
    }

    @Override
    public void remove(SequenceRequest head) {
        ready.remove(head);
    }

    @Override
    public boolean waitsForAnswers() {
        return false;
    }

    @Override
    public Choice next(long nowNanos) {
        List<Optional<SequenceRequest>> members = new ArrayList<>(Math.min(ready.size(), maxBatchSize));
        boolean closed = false;
        for (SequenceRequest request : ready) {
            if (request.request().cancelled()) {
                return new Choice.Cancelled(request);
            }
            closed = members.size() == maxBatchSize
                    || (!members.isEmpty()
                            && !shapes.compatible(members.getFirst().get().request(), request.request()));
            if (closed) {
                break;
            }
            members.add(Optional.of(request));
        }
        if (members.isEmpty()) {
            return IDLE;
        }
        long oldestNanos = ready.getFirst().readyNanos();
        boolean delayOver = delayNanos > 0 && nowNanos - oldestNanos >= delayNanos;
        @Nullable Integer size = preferred.floor(members.size());
        if (size != null && !delayOver) {
            return new Choice.Run(
                    members.subList(0, size), size == maxBatchSize ? BatchClose.FULL : BatchClose.PREFERRED_SIZE);
        }
        if (closed || delayOver || delayNanos == 0) {
            return new Choice.Run(members, close(members.size(), closed, delayOver));
        }
        return new Choice.Wait(oldestNanos + delayNanos);
    }

    private BatchClose close(int size, boolean closed, boolean delayOver) {
        if (size == maxBatchSize) {
            return BatchClose.FULL;
        }
        if (closed) {
            return BatchClose.OTHER_SHAPE;
        }
        return delayOver ? BatchClose.DELAY : BatchClose.QUEUE_EMPTY;
    }
}
