package dev.nereid.server.schedule.sequence;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A place in an instance's batch, and the sequence that holds it. Under the scheduler's lock. */
final class Slot {
    private final int lane;
    private final int index;
    private final Deque<SequenceRequest> waiting = new ArrayDeque<>(1);
    private @Nullable SequenceRequest running;
    private @Nullable Sequence current;
    private @Nullable Sequence latest;
    private boolean held;
    private boolean ending;
    private boolean abandoned;
    private long lastNanos;

    Slot(int lane, int index) {
        this.lane = lane;
        this.index = index;
    }

    /** The instance's number. */
    int lane() {
        return lane;
    }

    /** The place in the instance's batch. */
    int index() {
        return index;
    }

    /** The requests to run, in the order of arrival; all of one correlation id, perhaps of several sequences. */
    Deque<SequenceRequest> waiting() {
        return waiting;
    }

    /** Adds a request behind the others. */
    void add(SequenceRequest request) {
        request.assign(this);
        waiting.addLast(request);
        latest = request.sequence();
    }

    /** The sequence that a request without START continues. */
    Sequence latest() {
        if (latest == null) {
            throw new IllegalStateException("no sequence holds this slot");
        }
        return latest;
    }

    /** Takes the first request to be run; a sequence that ran here before it is over. */
    void take(SequenceRequest request) {
        if (waiting.pollFirst() != request) {
            throw new IllegalStateException("a request may only run after its sequence's earlier ones");
        }
        running = request;
        if (current != request.sequence()) {
            endCurrent();
            current = request.sequence();
        }
        request.sequence().enter();
    }

    /** Notes that the instance is done with a request of this slot. */
    void leave(SequenceRequest request) {
        if (running == request) {
            running = null;
        }
        request.sequence().leave();
    }

    /** Whether a request is with the instance. */
    boolean isRunning() {
        return running != null;
    }

    /** Whether nothing waits and nothing runs. */
    boolean isQuiet() {
        return running == null && waiting.isEmpty();
    }

    /** Whether the slot belongs to a sequence. */
    boolean isHeld() {
        return held;
    }

    /** Notes that it belongs to a sequence from now on. */
    void hold() {
        held = true;
    }

    /** Notes that it belongs to nobody. */
    void letGo() {
        endCurrent();
        held = false;
        ending = false;
        abandoned = false;
    }

    /** Lets the sequence go that ran here last. */
    void endCurrent() {
        if (current != null) {
            current.end();
            current = null;
        }
    }

    /** Whether the slot is to be released as soon as it is quiet. */
    boolean isEnding() {
        return ending;
    }

    void endWhenQuiet() {
        ending = true;
    }

    /** Whether its sequence has gone too long without a request. */
    boolean isAbandoned() {
        return abandoned;
    }

    void abandon() {
        abandoned = true;
        ending = true;
    }

    /** When its sequence last got a request, or began a further step. */
    long lastNanos() {
        return lastNanos;
    }

    void touch(long nanos) {
        lastNanos = nanos;
    }
}
