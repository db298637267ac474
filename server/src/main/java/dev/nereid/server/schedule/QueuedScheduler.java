package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One queue in front of a model's instances. An instance that is free takes what the queue decides; who submits a
 * request, ends an execution or hears an alarm asks the queue anew. A tiny model that is free runs a request on the
 * thread that brought it: waking another one would take longer.
 */
public final class QueuedScheduler implements Scheduler {
    /** A few microseconds. */
    private static final int SPINS = 100;

    private final BatchSizes batchSizes;
    private final RequestQueue queue;
    private final List<Lane> lanes;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final BatchExecutor executor;
    private final ReentrantLock lock;
    private final Condition drained;
    private final RateLimiter limiter;
    private final FreeLanes free;
    private final @Nullable ResponseOrder order;
    /** Lanes to be closed when their batch is done. */
    private final Set<Lane> leaving = new HashSet<>();

    /** Lanes that have left and are not closed yet. */
    private int closingLanes;

    private long held;
    private boolean closing;
    private Clock.@Nullable Alarm alarm;
    private long alarmNanos;

    /** A batch that has been given to an instance. */
    private record Assignment(Lane lane, List<ScheduledRequest> requests, BatchClose close) {}

    /** What came out of a look at the queue under the lock, to be carried out without it. */
    private record Outcome(List<Assignment> assignments, List<RequestQueue.Dropped> dropped) {}

    QueuedScheduler(ModelConfig config, RequestQueue queue, List<Lane> lanes, ModelStatistics statistics, Clock clock) {
        this.batchSizes = new BatchSizes(config);
        this.queue = queue;
        this.lock = queue.lock();
        this.drained = lock.newCondition();
        this.lanes = new ArrayList<>(lanes);
        this.statistics = statistics;
        this.clock = clock;
        this.order = config.hasDynamicBatching() && config.getDynamicBatching().getPreserveOrdering()
                ? new ResponseOrder()
                : null;
        this.executor = new BatchExecutor(config.getName(), statistics, clock);
        this.limiter = lanes.getFirst().turn().limiter();
        this.free = new FreeLanes(lanes, limiter.limits());
        lanes.forEach(lane -> lane.turn().onGranted(this::granted));
    }

    /** Runs nothing, once, until this many requests wait; for tests of batching over the wire. */
    QueuedScheduler holdingBack(long requests) {
        lock.lock();
        try {
            held = requests;
        } finally {
            lock.unlock();
        }
        return this;
    }

    @Override
    public void submit(InferRequest request, ResponseSink sink) {
        ScheduledRequest scheduled = new ScheduledRequest(request, sink, statistics, clock, batchSizes.of(request));
        Outcome outcome;
        acquire();
        try {
            outcome = accept(scheduled);
        } catch (InferException refusal) {
            boolean overload = refusal.retryAfter().isPresent();
            outcome = refused(scheduled, refusal, overload ? DropReason.OVERLOAD : DropReason.QUEUE_FULL);
        } finally {
            lock.unlock();
        }
        carryOut(outcome, scheduled);
    }

    /** Takes the lock; tries for a while first, since it is held for less time than a thread takes to wake. */
    private void acquire() {
        for (int i = 0; i < SPINS; i++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }

    private static Outcome refused(ScheduledRequest request, InferException error, DropReason reason) {
        return new Outcome(List.of(), List.of(new RequestQueue.Dropped(request, error, reason)));
    }

    @Override
    public void change(List<Lane> added, List<Lane> removed) {
        List<Lane> idle = new ArrayList<>();
        Outcome outcome;
        lock.lock();
        try {
            for (Lane lane : removed) {
                if (free.remove(lane)) {
                    leave(lane);
                    idle.add(lane);
                } else {
                    leaving.add(lane);
                }
            }
            lanes.addAll(added);
            added.forEach(lane -> {
                lane.turn().onGranted(this::granted);
                free.add(lane);
            });
            outcome = dispatch();
        } finally {
            lock.unlock();
        }
        idle.forEach(this::closeAside);
        carryOut(outcome, null);
    }

    @Override
    public OptionalInt wantedInstances() {
        lock.lock();
        try {
            return closing
                    ? OptionalInt.empty()
                    : OptionalInt.of(queue.wantedInstances(lanes.size() - leaving.size(), clock.nanos()));
        } finally {
            lock.unlock();
        }
    }

    private void leave(Lane lane) {
        lanes.remove(lane);
        closingLanes++;
    }

    /** Closes a lane on a thread of its own: the calling one may be the lane's, which cannot wait for its own end. */
    private void closeAside(Lane lane) {
        Thread.ofVirtual().name("close-instance").start(() -> {
            lane.close();
            lock.lock();
            try {
                closingLanes--;
                drained.signalAll();
            } finally {
                lock.unlock();
            }
        });
    }

    @Override
    public void refuse() {
        lookAgain(() -> closing = true);
    }

    @Override
    public void close() {
        refuse();
        lock.lock();
        try {
            while (queue.size() > 0 || free.size() < lanes.size() || closingLanes > 0) {
                drained.awaitUninterruptibly();
            }
            cancelAlarm();
        } finally {
            lock.unlock();
        }
        lanes.forEach(Lane::close);
        queue.close();
    }

    /** Takes a request, or refuses it with the outcome; throws where the queue takes no more. */
    private Outcome accept(ScheduledRequest request) {
        if (closing) {
            InferException stopping =
                    InferException.unavailable(request.request().header().prefix()
                            + "Server is stopping, scheduler for model has stopped accepting new inference requests");
            return refused(request, stopping, DropReason.STOPPING);
        }
        queue.add(request);
        statistics.enterQueue();
        return dispatch();
    }

    /** Gives free instances what the queue wants to run now. Called with the lock held. */
    private Outcome dispatch() {
        List<Assignment> assignments = new ArrayList<>(1);
        List<RequestQueue.Dropped> dropped = new ArrayList<>(0);
        long wake = Long.MAX_VALUE;
        if (closing || queue.size() >= held) {
            held = 0;
        }
        boolean more = held == 0;
        boolean waitsForInstance = held > 0;
        while (more && queue.size() > 0) {
            Optional<Lane> lane = free.startable();
            if (lane.isEmpty()) {
                waitsForInstance = true;
                break;
            }
            more = false;
            queue.instances(free.size(), lanes.size());
            switch (queue.next(clock.nanos(), dropped)) {
                case RequestQueue.Decision.Run run -> {
                    free.start(lane.get());
                    assignments.add(new Assignment(lane.get(), run.requests(), run.close()));
                    run.requests().forEach(this::taken);
                    more = true;
                }
                case RequestQueue.Decision.Wait wait -> wake = wait.untilNanos();
                case RequestQueue.Decision.Idle _ -> {}
            }
        }
        if (waitsForInstance) {
            // One that is free and may not start yet is none, or a device that is shared would be kept for it.
            queue.instances(0, lanes.size());
            wake = queue.expire(clock.nanos(), dropped);
        }
        if (!waitsForInstance || queue.size() == 0) {
            free.withdraw();
        }
        dropped.forEach(_ -> statistics.leaveQueue());
        setAlarm(wake);
        if (closing && queue.size() == 0 && free.size() == lanes.size()) {
            drained.signalAll();
        }
        return new Outcome(assignments, dropped);
    }

    private void taken(ScheduledRequest request) {
        statistics.leaveQueue();
        if (order != null) {
            request.answerInOrder(order);
        }
    }

    /** Has the queue looked at by then. An earlier look does no harm, and costs less than to move the alarm each time. */
    private void setAlarm(long nanos) {
        if (nanos == Long.MAX_VALUE || (alarm != null && alarmNanos <= nanos)) {
            return;
        }
        cancelAlarm();
        alarmNanos = nanos;
        alarm = clock.at(nanos, this::alarm);
    }

    private void cancelAlarm() {
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }

    private void alarm() {
        lookAgain(() -> alarm = null);
    }

    /** An instance that had to wait for its turn may start. */
    private void granted() {
        lookAgain(() -> {});
    }

    /** Looks at the queue anew, which another one may have kept waiting. */
    void lookAgain() {
        lookAgain(() -> {});
    }

    /** Changes something under the lock and does what can be done then. */
    private void lookAgain(Runnable change) {
        Outcome outcome;
        lock.lock();
        try {
            change.run();
            outcome = dispatch();
        } finally {
            lock.unlock();
        }
        carryOut(outcome, null);
    }

    /**
     * Answers what was dropped and starts what was assigned.
     *
     * @param submitted the request that the calling thread brought; it may run here
     */
    private void carryOut(Outcome outcome, @Nullable ScheduledRequest submitted) {
        limiter.settle();
        for (RequestQueue.Dropped dropped : outcome.dropped()) {
            dropped.request().drop(dropped.error(), dropped.reason());
        }
        for (Assignment assignment : outcome.assignments()) {
            if (isQuick(assignment, submitted)) {
                runHere(assignment);
            } else {
                start(assignment);
            }
        }
    }

    private boolean isQuick(Assignment assignment, @Nullable ScheduledRequest submitted) {
        return submitted != null
                && !assignment.lane().pinned()
                && assignment.requests().size() == 1
                && assignment.requests().getFirst() == submitted
                && executor.isQuick(submitted, assignment.lane());
    }

    private void start(Assignment assignment) {
        assignment.lane().thread().execute(() -> runHere(assignment));
    }

    /** Executes one batch on this thread, then starts what free instances should do next. */
    private void runHere(Assignment assignment) {
        long nanos = executor.execute(assignment.lane(), assignment.requests(), assignment.close());
        Lane lane = assignment.lane();
        boolean leaves;
        Outcome outcome;
        acquire();
        try {
            lane.turn().done();
            leaves = leaving.remove(lane);
            if (leaves) {
                leave(lane);
            } else {
                free.add(lane);
            }
            queue.executed(assignment.requests(), nanos, clock.nanos());
            outcome = dispatch();
        } finally {
            lock.unlock();
        }
        if (leaves) {
            closeAside(lane);
        }
        carryOut(outcome, null);
        queue.wakeOthers(clock);
    }
}
