package dev.nereid.server.schedule.sequence;

import dev.nereid.server.protocol.CorrelationId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which sequence holds which slot, and which wait for one. A slot is made when it is first needed: an instance may have more
 * of them than there will ever be sequences. Plain data under the scheduler's lock: no threads, no clock, no callbacks.
 */
final class SlotTable {
    private final List<List<Slot>> lanes = new ArrayList<>();
    /**
     * The lowest index first, so that the sequences spread over the instances. Of the slots of an instance that nobody has held
     * yet, only the first is made, and stands for them all.
     */
    private final PriorityQueue<Slot> free =
            new PriorityQueue<>(Comparator.comparingInt(Slot::index).thenComparingInt(Slot::lane));
    /** The slots of the sequences whose END has not come. */
    private final Map<CorrelationId, Slot> bound = new TreeMap<>();
    /** The bound slots, the one longest without a request first. */
    private final SequencedSet<Slot> idle = new LinkedHashSet<>();

    private final Backlog backlog = new Backlog();
    private final int slotsPerLane;
    private final long idleNanos;
    /** Instances whose free slots are not given to anybody. */
    private final Set<Integer> leaving = new HashSet<>();

    /**
     * A table without instances.
     *
     * @param idleNanos how long a sequence may go without a request before it loses its slot
     */
    SlotTable(int slotsPerLane, long idleNanos) {
        this.slotsPerLane = slotsPerLane;
        this.idleNanos = idleNanos;
    }

    /**
     * Adds the free slots of one more instance; {@link #admit} fills them.
     *
     * @return those that are made; grows
     */
    List<Slot> addLane() {
        List<Slot> slots = new ArrayList<>();
        lanes.add(slots);
        makeNext(lanes.size() - 1);
        return Collections.unmodifiableList(slots);
    }

    private void makeNext(int lane) {
        List<Slot> slots = lanes.get(lane);
        if (slots.size() < slotsPerLane) {
            Slot next = new Slot(lane, slots.size());
            slots.add(next);
            free.add(next);
        }
    }

    /** Takes the first free slot; there is one. */
    private Slot takeFree() {
        Slot slot = free.element();
        if (lanes.get(slot.lane()).getLast() == slot) {
            makeNext(slot.lane());
        }
        free.remove();
        slot.hold();
        return slot;
    }

    /** Gives no slot of an instance to a sequence any more; those that have one keep it. */
    void removeLane(int lane) {
        leaving.add(lane);
        free.removeIf(slot -> slot.lane() == lane);
    }

    /** Whether no sequence holds a slot of the instance. */
    boolean isVacant(int lane) {
        return lanes.get(lane).stream().noneMatch(Slot::isHeld);
    }

    /** The slots of all instances that there were, as far as they are made. */
    Stream<Slot> slots() {
        return lanes.stream().flatMap(List::stream);
    }

    /** Sequences whose END has not come. */
    int open() {
        return bound.size() + backlog.open();
    }

    /** Whether a sequence has begun and not ended. */
    boolean has(CorrelationId id) {
        return bound.containsKey(id) || backlog.find(id).isPresent();
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
            if (!free.isEmpty()) {
                slot = takeFree();
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

    /** Counts it anew if the sequence is open. */
    void touchIfOpen(Slot slot, long nowNanos) {
        if (idle.contains(slot)) {
            touch(slot, nowNanos);
        }
    }

    /** Forgets the id of a slot's sequence: no further request continues it. */
    void unbind(CorrelationId id, Slot slot) {
        bound.remove(id, slot);
        idle.remove(slot);
    }

    /** The slot of an open sequence; empty where it has none. */
    Optional<Slot> slotOf(CorrelationId id) {
        return Optional.ofNullable(bound.get(id));
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

    /** Ends a slot's sequence, in which nothing waits any more. */
    void release(Slot slot) {
        if (!slot.waiting().isEmpty()) {
            throw new IllegalStateException("a slot with waiting requests cannot be released");
        }
        slot.letGo();
        if (!leaving.contains(slot.lane())) {
            free.add(slot);
        }
    }

    /**
     * Gives free slots to the oldest sequences of the backlog.
     *
     * @param cancelled receives the requests of sequences whose turn it was, but of which some request is cancelled
     * @return the slots that have a sequence now
     */
    List<Slot> admit(long nowNanos, List<SequenceRequest> cancelled) {
        List<Slot> filled = new ArrayList<>(1);
        while (!free.isEmpty() && backlog.requests() > 0) {
            BacklogEntry entry = backlog.poll();
            if (entry.anyCancelled()) {
                cancelled.addAll(entry.requests());
                continue;
            }
            Slot slot = takeFree();
            entry.requests().forEach(slot::add);
            if (!entry.requests().getLast().isEnd()) {
                bound.put(entry.id(), slot);
                touch(slot, nowNanos);
            }
            filled.add(slot);
        }
        return filled;
    }
}
