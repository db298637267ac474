package dev.nereid.server.schedule.sequence;

import dev.nereid.server.protocol.CorrelationId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedSet;

/**
 * Which sequence holds which slot, and which wait for one. Plain data under the scheduler's lock: no threads, no clock,
 * no callbacks.
 */
final class SlotTable {
    private final List<List<Slot>> lanes = new ArrayList<>();
    /** The lowest index first, so that the sequences spread over the instances. */
    private final PriorityQueue<Slot> free =
            new PriorityQueue<>(Comparator.comparingInt(Slot::index).thenComparingInt(Slot::lane));
    /** The slots of the sequences whose END has not come. */
    private final Map<CorrelationId, Slot> bound = new HashMap<>();
    /** The bound slots, the one longest without a request first. */
    private final SequencedSet<Slot> idle = new LinkedHashSet<>();

    private final Backlog backlog = new Backlog();
    private final long idleNanos;

    /**
     * A table of free slots.
     *
     * @param idleNanos how long a sequence may go without a request before it loses its slot
     */
    SlotTable(int lanes, int slotsPerLane, long idleNanos) {
        this.idleNanos = idleNanos;
        for (int lane = 0; lane < lanes; lane++) {
            List<Slot> slots = new ArrayList<>(slotsPerLane);
            for (int index = 0; index < slotsPerLane; index++) {
                slots.add(new Slot(lane, index));
            }
            free.addAll(slots);
            this.lanes.add(slots);
        }
    }

    /** The slots of one instance, by index. */
    List<Slot> slots(int lane) {
        return lanes.get(lane);
    }

    Backlog backlog() {
        return backlog;
    }

    /** The sequence that a request without START continues. */
    Optional<Sequence> find(CorrelationId id) {
        Slot slot = bound.get(id);
        return slot != null
                ? Optional.of(slot.latest())
                : backlog.find(id).map(entry -> entry.requests().getLast().sequence());
    }

    /**
     * Puts a request where it belongs: into its sequence's slot or backlog entry, else into a free slot, else into the
     * backlog.
     *
     * @return the slot that has it; empty for the backlog
     */
    Optional<Slot> add(SequenceRequest request, long nowNanos) {
        CorrelationId id = request.sequence().id();
        Slot slot = bound.get(id);
        if (slot == null && backlog.find(id).isEmpty()) {
            slot = free.poll();
            if (slot != null) {
                bound.put(id, slot);
            }
        }
        if (slot == null) {
            backlog.add(request);
            return Optional.empty();
        }
        slot.add(request);
        touch(slot, nowNanos);
        if (request.isEnd()) {
            unbind(id, slot);
        }
        return Optional.of(slot);
    }

    /** Counts the idle time of a slot's open sequence anew. */
    void touch(Slot slot, long nowNanos) {
        slot.touch(nowNanos);
        idle.remove(slot);
        idle.addLast(slot);
    }

    /** Forgets the id of a slot's sequence: no further request continues it. */
    void unbind(CorrelationId id, Slot slot) {
        bound.remove(id, slot);
        idle.remove(slot);
    }

    /** The open sequence that has gone too long without a request. */
    Optional<Slot> overdue(long nowNanos) {
        return nextIdle() <= nowNanos ? Optional.of(idle.getFirst()) : Optional.empty();
    }

    /** When the next sequence has gone too long without a request; {@link Long#MAX_VALUE} for never. */
    long nextIdle() {
        return idle.isEmpty() || idleNanos > Long.MAX_VALUE - idle.getFirst().lastNanos()
                ? Long.MAX_VALUE
                : idle.getFirst().lastNanos() + idleNanos;
    }

    /**
     * Ends a slot's sequence, in which nothing waits any more, and gives the slot to the oldest sequence of the backlog.
     *
     * @param cancelled receives the requests of sequences whose turn it was, but of which some request is cancelled
     */
    void release(Slot slot, long nowNanos, List<SequenceRequest> cancelled) {
        if (!slot.waiting().isEmpty()) {
            throw new IllegalStateException("a slot with waiting requests cannot be released");
        }
        slot.endCurrent();
        slot.setEnding(false);
        for (Optional<BacklogEntry> next = backlog.poll(); next.isPresent(); next = backlog.poll()) {
            BacklogEntry entry = next.get();
            if (!entry.anyCancelled()) {
                entry.requests().forEach(slot::add);
                if (!entry.requests().getLast().isEnd()) {
                    bound.put(entry.id(), slot);
                    touch(slot, nowNanos);
                }
                return;
            }
            cancelled.addAll(entry.requests());
        }
        free.add(slot);
    }
}
