package dev.nereid.server.schedule.sequence;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelSequenceBatching.StrategyDirect;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.schedule.BatchShapes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every sequence has its own place in each batch; where it has nothing to run, or something of another shape than the
 * first request, padding stands in.
 */
final class DirectBatcher implements LaneBatcher {
    private static final long NANOS_PER_MICRO = 1000;

    private final List<Slot> slots;
    private final int slotCount;
    private final BatchShapes shapes;
    private final float utilization;
    private final long delayNanos;

    /**
     * A batcher of one instance.
     *
     * @param slots those that have been made, in order; more may come
     * @param slotCount how many there may be
     */
    DirectBatcher(ModelConfig config, List<Slot> slots, int slotCount, BatchShapes shapes) {
        StrategyDirect direct = config.getSequenceBatching().getDirect();
        this.slots = slots;
        this.slotCount = slotCount;
        this.shapes = shapes;
        this.utilization = direct.getMinimumSlotUtilization();
        this.delayNanos = direct.getMaxQueueDelayMicroseconds() * NANOS_PER_MICRO;
    }

    @Override
    public void ready(SequenceRequest head, long nowNanos) {}

    @Override
    public void remove(SequenceRequest head) {}

    @Override
    public boolean waitsForAnswers() {
        return true;
    }

    @Override
    public Choice next(long nowNanos) {
        SequenceRequest first = null;
        int highest = -1;
        int ready = 0;
        long oldestNanos = 0;
        for (Slot slot : slots) {
            SequenceRequest head = slot.waiting().peekFirst();
            if (head == null) {
                continue;
            }
            if (head.request().cancelled()) {
                return new Choice.Cancelled(head);
            }
            highest = slot.index();
            ready++;
            if (first == null) {
                first = head;
                oldestNanos = head.readyNanos();
            } else if (head.readyNanos() - oldestNanos < 0) {
                oldestNanos = head.readyNanos();
            }
        }
        if (first == null) {
            return IDLE;
        }
        boolean mayWait = utilization > 0 && delayNanos > 0 && (float) ready / slotCount < utilization;
        BatchClose close = mayWait ? BatchClose.DELAY : BatchClose.SLOTS;
        if (mayWait && nowNanos - oldestNanos < delayNanos) {
            return new Choice.Wait(oldestNanos + delayNanos);
        }
        List<Optional<SequenceRequest>> members = new ArrayList<>(highest + 1);
        for (Slot slot : slots.subList(0, highest + 1)) {
            members.add(fitting(first, slot.waiting().peekFirst()));
        }
        return new Choice.Run(members, close);
    }

    private Optional<SequenceRequest> fitting(SequenceRequest first, @Nullable SequenceRequest head) {
        return head != null && shapes.compatible(first.request(), head.request())
                ? Optional.of(head)
                : Optional.empty();
    }
}
