package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One queue in front of a model's instances. An instance that is free takes what the queue decides, and so does one that
 * prepares a batch while it executes another; who submits a request, ends an execution or hears an alarm asks the queue
 * anew. A tiny model that is free runs a request on the
 * thread that brought it: waking another one would take longer.
 */
public final class QueuedScheduler implements Scheduler {
    /** A few microseconds. */
    private static final int SPINS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(QueuedScheduler.class);

    private final String modelName;
    private final BatchSizes batchSizes;
    private final RequestQueue queue;
    private final WaitingRequests waiting;
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
    private final Map<Lane, CompletableFuture<Void>> leaving = new HashMap<>();

    /** Lanes that have left and are not closed yet. */
    private int closingLanes;

    private long held;
    private boolean closing;
    private Clock.@Nullable Alarm alarm;
    private long alarmNanos;

    QueuedScheduler(ModelConfig config, RequestQueue queue, List<Lane> lanes, ModelStatistics statistics, Clock clock) {
        this.modelName = config.getName();
        this.batchSizes = new BatchSizes(config);
        this.queue = queue;
        this.lock = queue.lock();
        this.drained = lock.newCondition();
        this.lanes = new ArrayList<>(lanes);
        this.statistics = statistics;
        this.waiting = new WaitingRequests(statistics);
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
        DispatchDecisions dispatch = new DispatchDecisions();
        acquire();
        try {
            if (accept(scheduled, dispatch)) {
                dispatch(dispatch);
            }
        } finally {
            lock.unlock();
        }
        carryOut(dispatch, scheduled);
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

    @Override
    public CompletableFuture<Void> change(List<Lane> added, List<Lane> removed) {
        Map<Lane, CompletableFuture<Void>> idle = new HashMap<>();
        List<CompletableFuture<Void>> closed = new ArrayList<>();
        DispatchDecisions dispatch = new DispatchDecisions();
        lock.lock();
        try {
            for (Lane lane : removed) {
                CompletableFuture<Void> laneClosed = new CompletableFuture<>();
                closed.add(laneClosed);
                if (free.remove(lane)) {
                    leave(lane);
                    idle.put(lane, laneClosed);
                } else {
                    leaving.put(lane, laneClosed);
                }
            }
            lanes.addAll(added);
            added.forEach(lane -> {
                lane.turn().onGranted(this::granted);
                free.add(lane);
            });
            dispatch(dispatch);
        } finally {
            lock.unlock();
        }
        idle.forEach(this::closeAside);
        carryOut(dispatch, null);
        return CompletableFuture.allOf(closed.toArray(CompletableFuture<?>[]::new));
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
    private void closeAside(Lane lane, CompletableFuture<Void> closed) {
        Thread.ofVirtual().name("close-instance").start(() -> {
            try {
                lane.close();
            } finally {
                lock.lock();
                try {
                    closingLanes--;
                    drained.signalAll();
                } finally {
                    lock.unlock();
                }
                closed.complete(null);
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

    /** Takes a request, or notes that it is refused; answers whether the queue is to be looked at. */
    private boolean accept(ScheduledRequest request, DispatchDecisions dispatch) {
        if (closing) {
            InferException stopping =
                    InferException.unavailable(request.request().header().prefix()
                            + "Server is stopping, scheduler for model has stopped accepting new inference requests");
            dispatch.dropped().add(new RequestQueue.Dropped(request, stopping, DropReason.STOPPING));
            return false;
        }
        waiting.add(request);
        try {
            queue.add(request);
            return true;
        } catch (InferException refusal) {
            waiting.remove(request);
            DropReason reason = refusal.retryAfter().isPresent() ? DropReason.OVERLOAD : DropReason.QUEUE_FULL;
            dispatch.dropped().add(new RequestQueue.Dropped(request, refusal, reason));
        } catch (RuntimeException | Error e) {
            abandon(dispatch, e);
        }
        return false;
    }

    /**
     * Gives free instances what the queue wants to run now. Where its rule breaks, as any code does when the heap is
     * full, the queue begins anew and all that waited are to be answered. Called with the lock held.
     */
    private void dispatch(DispatchDecisions dispatch) {
        try {
            look(dispatch);
        } catch (RuntimeException | Error e) {
            abandon(dispatch, e);
        }
        if (closing && queue.size() == 0 && free.size() == lanes.size()) {
            drained.signalAll();
        }
    }

    private void abandon(DispatchDecisions dispatch, Throwable cause) {
        for (int i = 0; i < dispatch.dropped().size(); i++) {
            ScheduledRequest request = dispatch.dropped().get(i).request();
            if (request.isWaiting()) {
                waiting.remove(request);
            }
        }
        queue.clear();
        dispatch.broke(cause, waiting.detach());
    }

    private void look(DispatchDecisions dispatch) {
        long wake = Long.MAX_VALUE;
        if (closing || queue.size() >= held) {
            held = 0;
        }
        boolean more = held == 0;
        boolean waitsForInstance = held > 0;
        int dropped = dispatch.dropped().size();
        while (more && queue.size() > 0) {
            Optional<Lane> lane = free.startable();
            if (lane.isEmpty()) {
                waitsForInstance = true;
                break;
            }
            more = false;
            queue.instances(free.size(), lanes.size());
            RequestQueue.Decision decision = lane.get().prepares()
                    ? queue.nextPrepared(clock.nanos(), dispatch.dropped())
                    : queue.next(clock.nanos(), dispatch.dropped());
            switch (decision) {
                case RequestQueue.Decision.Run run -> {
                    assign(lane.get(), run, dispatch);
                    more = true;
                }
                case RequestQueue.Decision.Wait wait -> wake = wait.untilNanos();
                case RequestQueue.Decision.Idle _ -> {}
            }
            dropped = leaveFrom(dropped, dispatch);
        }
        if (waitsForInstance) {
            // One that is free and may not start yet is none, or a device that is shared would be kept for it.
            queue.instances(0, lanes.size());
            wake = queue.expire(clock.nanos(), dispatch.dropped());
            leaveFrom(dropped, dispatch);
        }
        if (!waitsForInstance || queue.size() == 0) {
            free.withdraw();
        }
        setAlarm(wake);
    }

    /** What needs memory comes first: until the batch is noted, its requests wait. */
    private void assign(Lane lane, RequestQueue.Decision.Run run, DispatchDecisions dispatch) {
        if (order != null) {
            run.requests().forEach(request -> request.answerInOrder(order));
        }
        Optional<BatchOrder.Turn> turn = lane.order().map(order -> order.newTurn(clock::nanos));
        dispatch.assignments()
                .add(new DispatchDecisions.Assignment(
                        lane, run.requests(), run.close(), turn, new DispatchDecisions()));
        free.start(lane);
        turn.ifPresent(BatchOrder.Turn::begin);
        for (int i = 0; i < run.requests().size(); i++) {
            waiting.remove(run.requests().get(i));
        }
    }

    /** Takes out of those that wait what was dropped; answers how many have been by then. */
    private int leaveFrom(int first, DispatchDecisions dispatch) {
        int end = dispatch.dropped().size();
        for (int i = first; i < end; i++) {
            waiting.remove(dispatch.dropped().get(i).request());
        }
        return end;
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
        DispatchDecisions dispatch = new DispatchDecisions();
        lock.lock();
        try {
            change.run();
            dispatch(dispatch);
        } finally {
            lock.unlock();
        }
        carryOut(dispatch, null);
    }

    /**
     * Answers what was dropped and starts what was assigned.
     *
     * @param submitted the request that the calling thread brought; it may run here
     */
    private void carryOut(DispatchDecisions dispatch, @Nullable ScheduledRequest submitted) {
        try {
            limiter.settle();
        } catch (RuntimeException | Error e) {
            OutOfMemoryFallback.log(LOG, "the rate limiter", e);
        }
        dispatch.answer(modelName);
        for (DispatchDecisions.Assignment assignment : dispatch.assignments()) {
            if (isQuick(assignment, submitted)) {
                runHere(assignment);
            } else {
                start(assignment);
            }
        }
    }

    private boolean isQuick(DispatchDecisions.Assignment assignment, @Nullable ScheduledRequest submitted) {
        return submitted != null
                && !assignment.lane().pinned()
                && assignment.requests().size() == 1
                && assignment.requests().getFirst() == submitted
                && executor.isQuick(submitted, assignment.lane());
    }

    private void start(DispatchDecisions.Assignment assignment) {
        try {
            assignment.lane().thread().execute(() -> runHere(assignment));
        } catch (RuntimeException | Error e) {
            executor.giveUp(assignment.requests(), e);
            giveBack(assignment, 0);
        }
    }

    /** Executes one batch on this thread, then starts what free instances should do next. */
    private void runHere(DispatchDecisions.Assignment assignment) {
        long nanos = 0;
        try {
            nanos = executor.execute(assignment.lane(), assignment.requests(), assignment.close(), assignment.turn());
        } finally {
            giveBack(assignment, nanos);
        }
    }

    private void giveBack(DispatchDecisions.Assignment assignment, long nanos) {
        Lane lane = assignment.lane();
        DispatchDecisions dispatch = assignment.after();
        CompletableFuture<Void> closed;
        acquire();
        try {
            lane.turn().done();
            assignment.turn().ifPresent(BatchOrder.Turn::end);
            closed = leaving.remove(lane);
            if (closed != null) {
                leave(lane);
            } else {
                free.add(lane);
            }
            try {
                queue.executed(assignment.requests(), nanos, clock.nanos());
            } catch (RuntimeException | Error e) {
                abandon(dispatch, e);
            }
            dispatch(dispatch);
        } finally {
            lock.unlock();
        }
        if (closed != null) {
            closeAside(lane, closed);
        }
        carryOut(dispatch, null);
        queue.wakeOthers(clock);
    }
}
