package dev.nereid.server.schedule;

import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The requests that wait for an instance, and the rule that says which of them run next. Plain data under its
 * scheduler's lock: no threads, no clock, no callbacks.
 */
public interface RequestQueue {
    /** What an instance that is free should do. */
    sealed interface Decision {
        /**
         * Run these, in order, as one batch. They have left the queue.
         *
         * @param close why there are no more of them
         */
        record Run(List<ScheduledRequest> requests, BatchClose close) implements Decision {}

        /** Nothing before this time, unless a request arrives. */
        record Wait(long untilNanos) implements Decision {}

        /** Nothing until a request arrives. */
        record Idle() implements Decision {}
    }

    /** A request that left the queue without being run. */
    record Dropped(ScheduledRequest request, InferException error, DropReason reason) {}

    /** Nothing to do until a request arrives. */
    Decision IDLE = new Decision.Idle();

    /**
     * Takes a request.
     *
     * @throws InferException if the queue is full
     */
    void add(ScheduledRequest request);

    /**
     * Chooses what a free instance runs now. Where it throws, what it had begun to choose is lost.
     *
     * @param dropped receives requests that must be answered with an error
     */
    Decision next(long nowNanos, List<Dropped> dropped);

    /**
     * Chooses what an instance prepares that still executes another batch. What it takes is run later, and what arrives by
     * then does not run with it.
     *
     * @param dropped receives requests that must be answered with an error
     */
    default Decision nextPrepared(long nowNanos, List<Dropped> dropped) {
        return new Decision.Wait(expire(nowNanos, dropped));
    }

    /**
     * Drops what has expired while no instance is free.
     *
     * @return when the next request may expire; {@link Long#MAX_VALUE} for never
     */
    long expire(long nowNanos, List<Dropped> dropped);

    /**
     * Forgets all requests, those too that a call which threw has left half-way between the queue and its outcome. What
     * runs is not touched. Needs no memory.
     */
    void clear();

    /** Requests in the queue. */
    int size();

    /** The lock that guards the queue: its own, unless several queues are decided on together. */
    default ReentrantLock lock() {
        return new ReentrantLock();
    }

    /**
     * Says how to have this queue looked at when another one, decided on together with it, has made room.
     *
     * @param look must be called without the lock
     */
    default void onTurn(Runnable look) {}

    /** Says how many instances there are, and how many of them are free; said before each decision. */
    default void instances(int free, int all) {}

    /**
     * A batch of this queue's has ended.
     *
     * @param requests as in {@link Decision.Run}
     * @param nanos how long it took; 0 where it failed
     */
    default void executed(List<ScheduledRequest> requests, long nanos, long nowNanos) {}

    /** How many instances the queue's rule would have in place of {@code all}; asked some times a second. */
    default int wantedInstances(int all, long nowNanos) {
        return all;
    }

    /** Has other queues decided on that wait for what this one gave back. Called without the lock. */
    default void wakeOthers(Clock clock) {}

    /** Lets go of what the queue's rule holds beside requests; the queue is empty and is not used any more. */
    default void close() {}
}
