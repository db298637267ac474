package dev.nereid.server.schedule.sequence;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelSequenceBatching;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.BatchShapes;
import dev.nereid.server.schedule.ResponseOrder;
import dev.nereid.server.schedule.limit.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The requests of all sequences, waiting and running: what arrives, runs, is answered, expires or is cancelled moves them
 * on. Plain data under its scheduler's lock: no threads, no clock, no callbacks.
 */
final class SequenceQueue {
    private static final long NANOS_PER_MICRO = 1000;

    /** An instance's batcher, and whether the instance has a batch. */
    private static final class Worker {
        private final LaneBatcher batcher;
        private final Optional<ResponseOrder> order;
        private final Turn turn;
        private boolean executing;
        private int unanswered;
        private boolean leaving;

        private Worker(LaneBatcher batcher, Optional<ResponseOrder> order, Turn turn) {
            this.batcher = batcher;
            this.order = order;
            this.turn = turn;
        }

        private boolean isFree() {
            return !executing && (unanswered == 0 || !batcher.waitsForAnswers());
        }
    }

    private final ModelConfig config;
    private final SequenceRules rules;
    private final BatchShapes shapes;
    private final boolean iterative;
    private final int slotsPerLane;
    private final SlotTable table;
    private final SchedulerHold hold;
    private final List<Worker> workers = new ArrayList<>();
    private final ModelStatistics statistics;
    private int waitingInSlots;
    private int running;
    private boolean closing;

    /** A queue without instances. */
    SequenceQueue(ModelConfig config, SequenceRules rules, SchedulerHold hold, ModelStatistics statistics) {
        ModelSequenceBatching batching = config.getSequenceBatching();
        this.config = config;
        this.rules = rules;
        this.shapes = new BatchShapes(config);
        this.iterative = batching.getIterativeSequence();
        this.hold = hold;
        this.statistics = statistics;
        int candidates = batching.getOldest().getMaxCandidateSequences();
        this.slotsPerLane = candidates > 0 ? candidates : Math.max(config.getMaxBatchSize(), 1);
        this.table = new SlotTable(slotsPerLane, idleNanos(batching.getMaxSequenceIdleMicroseconds()));
    }

    /**
     * Adds an instance; instances are numbered in the order in which they come.
     *
     * @param turn the instance's right to start a batch
     */
    void addLane(Turn turn, long now, QueueDecisions outcome) {
        ModelSequenceBatching batching = config.getSequenceBatching();
        List<Slot> slots = table.addLane();
        workers.add(new Worker(
                batching.hasOldest()
                        ? new OldestBatcher(config, shapes)
                        : new DirectBatcher(config, slots, slotsPerLane, shapes),
                batching.getOldest().getPreserveOrdering() ? Optional.of(new ResponseOrder()) : Optional.empty(),
                turn));
        admit(now, outcome);
    }

    /** Takes an instance away as soon as no sequence has a slot there; the outcome says when. */
    void removeLane(int lane, QueueDecisions outcome) {
        workers.get(lane).leaving = true;
        table.removeLane(lane);
        letGoIfVacant(lane, outcome);
    }

    private void letGoIfVacant(int lane, QueueDecisions outcome) {
        Worker worker = workers.get(lane);
        if (worker.leaving && !worker.executing && worker.unanswered == 0 && table.isVacant(lane)) {
            worker.leaving = false;
            outcome.vacant().add(lane);
        }
    }

    /** The config's number is unsigned. */
    private static long idleNanos(long micros) {
        return micros >= 0 && micros < Long.MAX_VALUE / NANOS_PER_MICRO ? micros * NANOS_PER_MICRO : Long.MAX_VALUE;
    }

    SlotTable table() {
        return table;
    }

    /** Adds a request behind those of its sequence. */
    void add(SequenceRequest request, long now) {
        statistics.enterQueue();
        table.add(request, now).ifPresent(slot -> {
            waitingInSlots++;
            offer(slot, now);
        });
    }

    /** Lets go what a test holds back. */
    void setClosing() {
        closing = true;
    }

    /** Whether nothing waits and nothing runs. */
    boolean isDrained() {
        return waitingInSlots + table.backlog().requests() + running == 0
                && workers.stream().noneMatch(worker -> worker.executing);
    }

    /** Lets all sequences go that are still open. Only when the queue is drained. */
    void endAll() {
        table.slots().forEach(Slot::letGo);
    }

    /**
     * Drops what has expired and gives free instances what they should run now.
     *
     * @return when to look again, though nothing changes; {@link Long#MAX_VALUE} for never
     */
    long dispatch(long now, QueueDecisions outcome) {
        expire(now, outcome);
        long wake = Long.MAX_VALUE;
        if (closing || !hold.holds(waitingInSlots, table.backlog().requests())) {
            for (int lane = 0; lane < workers.size(); lane++) {
                wake = Math.min(wake, dispatch(lane, now, outcome));
                letGoIfVacant(lane, outcome);
            }
        }
        return Math.min(wake, Math.min(table.nextIdle(), table.backlog().nextExpiry()));
    }

    private long dispatch(int lane, long now, QueueDecisions outcome) {
        Worker worker = workers.get(lane);
        while (worker.isFree()) {
            switch (worker.batcher.next(now)) {
                case LaneBatcher.Choice.Run run -> {
                    if (!worker.turn.ask()) {
                        return Long.MAX_VALUE;
                    }
                    // Noted first: what is taken must run, though the rest of this may find no memory.
                    outcome.assignments().add(new QueueDecisions.Assignment(lane, run.members(), run.close()));
                    worker.executing = true;
                    run.members().forEach(member -> member.ifPresent(request -> take(request, now, outcome)));
                }
                case LaneBatcher.Choice.Cancelled cancelled -> cancel(cancelled.request(), now, outcome);
                case LaneBatcher.Choice.Wait wait -> {
                    worker.turn.withdraw();
                    return wait.untilNanos();
                }
                case LaneBatcher.Choice.Idle _ -> {
                    worker.turn.withdraw();
                    return Long.MAX_VALUE;
                }
            }
        }
        return Long.MAX_VALUE;
    }

    /** Notes that an instance has returned from a batch; its requests may still be without an answer. */
    void executed(int lane) {
        workers.get(lane).executing = false;
        workers.get(lane).turn.done();
    }

    /** Notes that a request that ran is answered. */
    void answered(SequenceRequest request, long now, QueueDecisions outcome) {
        Slot slot = leave(request);
        if (iterative) {
            table.unbind(request.sequence().id(), slot);
        }
        if (iterative || (request.isEnd() && !isLetGoEarly(request))) {
            slot.endWhenQuiet();
        }
        if (slot.isEnding() && slot.isQuiet()) {
            release(slot, now, outcome);
        }
        offer(slot, now);
    }

    /**
     * Notes that a request was cancelled while it ran. Its sequence ends, for a later request would go on from states that
     * lack a step; what waits of it is cancelled too.
     */
    void cancelled(SequenceRequest request, long now, QueueDecisions outcome) {
        if (isLetGoEarly(request)) {
            answered(request, now, outcome); // it was the last, and the slot is another sequence's
            return;
        }
        Slot slot = leave(request);
        List<SequenceRequest> lost = slot.waiting().stream()
                .filter(each -> each.sequence() == request.sequence())
                .toList();
        slot.waiting().removeAll(lost);
        waitingInSlots -= lost.size();
        dropCancelled(lost, outcome);
        if (slot.waiting().isEmpty()) {
            table.unbind(request.sequence().id(), slot);
            release(slot, now, outcome);
        }
        offer(slot, now);
    }

    /**
     * Notes that a request that ran wants to run again, as a step of its sequence in between.
     *
     * @throws InferException if its model has no iterative sequences, or its sequence has ended because the step took too long
     */
    void rescheduled(SequenceRequest request, long now) {
        if (!iterative) {
            // Throws what a client is told then.
            request.scheduled().reschedule();
        }
        if (request.slot().isAbandoned()) {
            throw rules.notStarted(request.sequence().id());
        }
        Slot slot = leave(request);
        request.giveBack(now);
        slot.add(request);
        table.touchIfOpen(slot, now);
        waitingInSlots++;
        statistics.enterQueue();
        offer(slot, now);
    }

    private Slot leave(SequenceRequest request) {
        Slot slot = request.slot();
        slot.leave(request);
        running--;
        workers.get(slot.lane()).unanswered--;
        return slot;
    }

    /** Offers a slot's first request to its instance, if its sequence has nothing there. */
    private void offer(Slot slot, long now) {
        SequenceRequest head = slot.waiting().peekFirst();
        if (head != null && !slot.isRunning()) {
            workers.get(slot.lane()).batcher.ready(head, now);
        }
    }

    private void take(SequenceRequest request, long now, QueueDecisions outcome) {
        Slot slot = request.slot();
        Worker worker = workers.get(slot.lane());
        worker.batcher.remove(request);
        slot.take(request);
        waitingInSlots--;
        running++;
        worker.unanswered++;
        statistics.leaveQueue();
        worker.order.ifPresent(request.scheduled()::answerInOrder);
        if (isLetGoEarly(request)) {
            release(slot, now, outcome);
        }
    }

    /**
     * Whether a sequence's slot is free as soon as its last request is taken: where an instance has one batch at a time,
     * the next sequence's first request cannot get in its way.
     */
    private boolean isLetGoEarly(SequenceRequest request) {
        return request.isEnd()
                && !iterative
                && workers.get(request.slot().lane()).batcher.waitsForAnswers();
    }

    /** Ends a sequence of which a request is cancelled: all that waits with it is cancelled too. */
    private void cancel(SequenceRequest head, long now, QueueDecisions outcome) {
        Slot slot = head.slot();
        workers.get(slot.lane()).batcher.remove(head);
        table.unbind(head.sequence().id(), slot);
        waitingInSlots -= slot.waiting().size();
        dropCancelled(List.copyOf(slot.waiting()), outcome);
        slot.waiting().clear();
        release(slot, now, outcome);
    }

    /** Gives a slot in which nothing waits to the next sequence. */
    private void release(Slot slot, long now, QueueDecisions outcome) {
        table.release(slot);
        admit(now, outcome);
    }

    private void admit(long now, QueueDecisions outcome) {
        List<SequenceRequest> cancelled = new ArrayList<>(0);
        for (Slot slot : table.admit(now, cancelled)) {
            waitingInSlots += slot.waiting().size();
            offer(slot, now);
        }
        dropCancelled(cancelled, outcome);
    }

    private void dropCancelled(List<SequenceRequest> requests, QueueDecisions outcome) {
        InferException error = new InferException(InferException.Code.CANCELLED, "Request cancelled");
        for (SequenceRequest request : requests) {
            statistics.leaveQueue();
            outcome.drop(request.scheduled(), error, DropReason.CANCELLED);
        }
    }

    /** Ends a sequence that holds a slot, if there is one of this id. What waits of it still runs. */
    void end(CorrelationId id, long now, QueueDecisions outcome) {
        table.slotOf(id).ifPresent(slot -> end(slot, now, outcome));
    }

    private void end(Slot slot, long now, QueueDecisions outcome) {
        table.unbind(slot.latest().id(), slot);
        slot.abandon();
        if (slot.isQuiet()) {
            release(slot, now, outcome);
        }
    }

    /** Ends sequences that have been idle for too long, and refuses those that have waited too long for a slot. */
    private void expire(long now, QueueDecisions outcome) {
        for (Optional<Slot> next = table.overdue(now); next.isPresent(); next = table.overdue(now)) {
            end(next.get(), now, outcome);
        }
        for (BacklogEntry entry : table.backlog().expire(now)) {
            for (SequenceRequest request : entry.requests()) {
                statistics.leaveQueue();
                outcome.drop(
                        request.scheduled(),
                        InferException.unavailable("timeout of the corresponding sequence has been expired"),
                        DropReason.TIMEOUT);
            }
        }
    }
}
