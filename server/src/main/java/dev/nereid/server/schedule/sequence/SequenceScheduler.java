package dev.nereid.server.schedule.sequence;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.BatchExecutor;
import dev.nereid.server.schedule.BatchMember;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.OutOfMemoryFallback;
import dev.nereid.server.schedule.ScheduledRequest;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sequence batcher. A sequence holds a slot of one instance from its START until its END, until it has been idle for
 * too long, or until one of its requests is found cancelled when its turn comes or ends cancelled; its requests run there one after the
 * other. Who submits a request, ends an execution, answers or hears an alarm asks the queue anew.
 */
public final class SequenceScheduler implements Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(SequenceScheduler.class);

    /** When the queue is looked at again that could not be looked at to the end. */
    private static final long RETRY_NANOS = 10_000_000;

    private final String modelName;
    private final SequenceMemory memory;
    private final SequenceRules rules;
    private final SequenceQueue queue;
    /** By number; those that have left keep their place. */
    private final List<Lane> lanes = new CopyOnWriteArrayList<>();

    /** Of {@link #lanes}, those that work. */
    private final Set<Lane> working = new LinkedHashSet<>();

    private final ModelStatistics statistics;
    private final Clock clock;
    private final BatchExecutor executor;
    private final RateLimiter limiter;
    private final SequenceRequest.Owner owner = new Owner();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    private long lastOwnId;
    private boolean closing;
    private boolean closed;
    private int leaving;
    private Clock.@Nullable Alarm alarm;
    private long alarmNanos;

    private SequenceScheduler(
            ModelConfig config,
            SequenceMemory memory,
            List<Lane> lanes,
            ModelStatistics statistics,
            Clock clock,
            SchedulerHold hold) {
        this.modelName = config.getName();
        this.memory = memory;
        this.rules = new SequenceRules(config, memory.controls());
        this.queue = new SequenceQueue(config, rules, hold, statistics);
        this.statistics = statistics;
        this.clock = clock;
        this.executor = new BatchExecutor(modelName, statistics, clock);
        this.limiter = lanes.getFirst().turn().limiter();
        add(lanes, new QueueDecisions());
    }

    private void add(List<Lane> added, QueueDecisions outcome) {
        for (Lane lane : added) {
            lanes.add(lane);
            working.add(lane);
            lane.turn().onGranted(this::granted);
            queue.addLane(lane.turn(), clock.nanos(), outcome);
        }
    }

    /**
     * A scheduler for a config that is valid.
     *
     * @param modelFolder has the folder {@code initial_state}
     * @param lanes belong to the scheduler, which closes them; to the caller where this throws
     * @throws InferException if an initial state cannot be read
     */
    public static SequenceScheduler of(
            ModelConfig config, Path modelFolder, List<Lane> lanes, ModelStatistics statistics, Clock clock) {
        return of(config, modelFolder, lanes, statistics, clock, SchedulerHold.of(System.getenv()));
    }

    static SequenceScheduler of(
            ModelConfig config,
            Path modelFolder,
            List<Lane> lanes,
            ModelStatistics statistics,
            Clock clock,
            SchedulerHold hold) {
        return new SequenceScheduler(config, new SequenceMemory(config, modelFolder), lanes, statistics, clock, hold);
    }

    /** Native bytes of the sequences that there are, with what they have in common. */
    long memoryBytes() {
        return memory.pool().usedBytes();
    }

    @Override
    public void submit(InferRequest request, ResponseSink sink) {
        ScheduledRequest scheduled = new ScheduledRequest(request, sink, statistics, clock, 1);
        QueueDecisions outcome;
        try {
            rules.check(request);
            outcome = change(_ -> queue.add(accept(scheduled), clock.nanos()));
        } catch (InferException refusal) {
            outcome = new QueueDecisions();
            boolean stopping = refusal.code() == InferException.Code.UNAVAILABLE;
            outcome.drop(scheduled, refusal, stopping ? DropReason.STOPPING : DropReason.SEQUENCE);
        }
        carryOut(outcome, scheduled);
    }

    /** As promised; an instance that is taken away stays until the sequences that have a slot there are over. */
    @Override
    public CompletableFuture<Void> change(List<Lane> added, List<Lane> removed) {
        carryOut(
                change(outcome -> {
                    add(added, outcome);
                    for (Lane lane : removed) {
                        queue.removeLane(lanes.lastIndexOf(lane), outcome);
                    }
                }),
                null);
        return CompletableFuture.completedFuture(null);
    }

    /** Closes an instance on a thread of its own: the calling one may be the instance's, which cannot await its end. */
    private void closeAside(Lane lane) {
        Thread.ofVirtual().name("close-instance").start(() -> {
            lane.close();
            carryOut(change(_ -> leaving--), null);
        });
    }

    @Override
    public int openSequences() {
        lock.lock();
        try {
            return closed ? 0 : queue.table().open();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean hasSequence(CorrelationId id) {
        lock.lock();
        try {
            return !closed && queue.table().has(id);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void endSequence(CorrelationId id) {
        carryOut(change(outcome -> queue.end(id, clock.nanos(), outcome)), null);
    }

    @Override
    public void refuse() {
        carryOut(
                change(_ -> {
                    closing = true;
                    queue.setClosing();
                }),
                null);
    }

    @Override
    public void close() {
        refuse();
        lock.lock();
        try {
            while (!queue.isDrained() || leaving > 0) {
                drained.awaitUninterruptibly();
            }
            closed = true;
            cancelAlarm();
            queue.endAll();
        } finally {
            lock.unlock();
        }
        working.forEach(Lane::close);
        memory.close();
    }

    /** Changes the queue under the lock and finds what can run then. */
    private QueueDecisions change(Consumer<QueueDecisions> change) {
        QueueDecisions outcome = new QueueDecisions();
        lock.lock();
        try {
            change.accept(outcome);
            dispatch(outcome);
            for (int lane : outcome.vacant()) {
                working.remove(lanes.get(lane));
                leaving++;
            }
            if (closing) {
                drained.signalAll();
            }
        } finally {
            lock.unlock();
        }
        return outcome;
    }

    /** What has been decided when the queue's rules fail, as they do when the heap is full, stands; the rest follows. */
    private void dispatch(QueueDecisions outcome) {
        try {
            setAlarm(queue.dispatch(clock.nanos(), outcome));
        } catch (RuntimeException | Error e) {
            OutOfMemoryFallback.log(LOG, "the scheduler of model '" + modelName + "', which tries again,", e);
            setAlarm(clock.nanos() + RETRY_NANOS);
        }
    }

    /** Finds or begins the sequence of a request. */
    private SequenceRequest accept(ScheduledRequest scheduled) {
        InferRequest.Header header = scheduled.request().header();
        CorrelationId id = header.correlationId();
        boolean start = header.sequenceStart();
        if (!SequenceRules.inSequence(id)) {
            // Only iterative sequences get here without an id.
            id = ownId();
            start = true;
        }
        if (closed || (closing && start)) {
            throw InferException.unavailable(
                    "Server is stopping, scheduler for model has stopped accepting new inference requests");
        }
        Optional<Sequence> known = queue.table().find(id);
        if (!start && known.isEmpty()) {
            throw rules.notStarted(id);
        }
        if (start && known.isPresent()) {
            LOG.warn(
                    "sequence {} for model '{}' has a conflict. The previous sequence did not end before this sequence"
                            + " start. Previous sequence will be terminated early.",
                    id.text(),
                    modelName);
        }
        Sequence sequence = start ? new Sequence(id) : known.get();
        return new SequenceRequest(scheduled, sequence, start, header.sequenceEnd(), memory, owner);
    }

    /** An id that no open sequence has. */
    private CorrelationId ownId() {
        CorrelationId id;
        do {
            lastOwnId++;
            id = rules.wantsText()
                    ? new CorrelationId.Textual(Long.toString(lastOwnId))
                    : new CorrelationId.Numeric(lastOwnId);
        } while (queue.table().find(id).isPresent());
        return id;
    }

    /** Is told by the instances' threads, and by backends that answer later. */
    private final class Owner implements SequenceRequest.Owner {
        @Override
        public void answered(SequenceRequest request) {
            carryOut(change(outcome -> queue.answered(request, clock.nanos(), outcome)), null);
        }

        @Override
        public void cancelled(SequenceRequest request) {
            carryOut(change(outcome -> queue.cancelled(request, clock.nanos(), outcome)), null);
        }

        @Override
        public void rescheduled(SequenceRequest request) {
            carryOut(change(_ -> queue.rescheduled(request, clock.nanos())), null);
        }
    }

    /** Wakes up at a time. An earlier alarm is left as it is: it looks again and finds the later time. */
    private void setAlarm(long nanos) {
        if (nanos == Long.MAX_VALUE) {
            cancelAlarm();
        } else if (alarm == null || nanos < alarmNanos) {
            cancelAlarm();
            alarmNanos = nanos;
            alarm = clock.at(nanos, this::alarm);
        }
    }

    private void cancelAlarm() {
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }

    private void alarm() {
        carryOut(change(_ -> alarm = null), null);
    }

    /** An instance that had to wait for its turn may start. */
    private void granted() {
        carryOut(change(_ -> {}), null);
    }

    /**
     * Answers what was dropped and starts what was assigned.
     *
     * @param submitted the request that the calling thread brought; it may run here
     */
    private void carryOut(QueueDecisions outcome, @Nullable ScheduledRequest submitted) {
        try {
            limiter.settle();
        } catch (RuntimeException | Error e) {
            OutOfMemoryFallback.log(LOG, "the rate limiter", e);
        }
        for (QueueDecisions.Dropped dropped : outcome.dropped()) {
            OutOfMemoryFallback.drop(dropped.request(), dropped.error(), dropped.reason());
        }
        outcome.vacant().forEach(lane -> closeAside(lanes.get(lane)));
        for (QueueDecisions.Assignment assignment : outcome.assignments()) {
            if (isQuick(assignment, submitted)) {
                run(assignment);
            } else {
                lanes.get(assignment.lane()).thread().execute(() -> run(assignment));
            }
        }
    }

    private boolean isQuick(QueueDecisions.Assignment assignment, @Nullable ScheduledRequest submitted) {
        return submitted != null
                && !lanes.get(assignment.lane()).pinned()
                && assignment.members().size() == 1
                && assignment.members().getFirst().orElseThrow().scheduled() == submitted
                && executor.isQuick(submitted, lanes.get(assignment.lane()));
    }

    /** Executes one batch on this thread, then starts what can run next. */
    private void run(QueueDecisions.Assignment assignment) {
        try {
            execute(assignment);
        } finally {
            // On its own, for the look at the queue needs memory and may fail.
            executed(assignment.lane());
            carryOut(change(_ -> {}), null);
        }
    }

    private void executed(int lane) {
        lock.lock();
        try {
            queue.executed(lane);
        } finally {
            lock.unlock();
        }
    }

    private void execute(QueueDecisions.Assignment assignment) {
        List<SequenceRequest> requests =
                assignment.members().stream().flatMap(Optional::stream).toList();
        try {
            executor.execute(lanes.get(assignment.lane()), prepare(assignment, requests), assignment.close());
        } catch (RuntimeException | Error e) {
            executor.giveUp(requests, e);
        }
    }

    private List<BatchMember> prepare(QueueDecisions.Assignment assignment, List<SequenceRequest> requests) {
        requests.forEach(SequenceRequest::prepare);
        List<BatchMember> members = new ArrayList<>(assignment.members().size());
        for (Optional<SequenceRequest> member : assignment.members()) {
            members.add(member.isPresent() ? member.get() : new FillerRequest(requests.getFirst(), memory));
        }
        return members;
    }
}
