package dev.nereid.server.cache;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestTrace.Activity;
import dev.nereid.server.protocol.RequestTrace.Moment;
import dev.nereid.server.protocol.ResponseSink;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Request coalescing in the response cache (single flight): one execution and the identical requests that wait for its
 * response. Plain data under the scheduler's lock.
 */
final class SingleFlight {
    /**
     * The key of requests that share an execution: the same response, and the same priority and deadline in the queue, so
     * that none waits behind one of a lower priority or with more time.
     */
    record Key(CacheKey answer, long priority, long timeoutMicros) {}

    /**
     * A request that was looked up and not found.
     *
     * @param sink takes the final answer
     * @param queuedNanos when it arrived
     * @param lookupStartNanos when its look-up began
     * @param lookupNanos how long its look-up took
     */
    record Passenger(
            InferRequest request, ResponseSink sink, long queuedNanos, long lookupStartNanos, long lookupNanos) {
        /** The same after its look-up. */
        Passenger lookedUp(long nanos) {
            return new Passenger(request, sink, queuedNanos, lookupStartNanos, nanos);
        }

        /** Notes how it was answered from the cache. */
        void trace(RequestTrace trace, InferResponse response) {
            trace.at(Moment.QUEUE_START, queuedNanos);
            trace.at(Moment.CACHE_HIT_LOOKUP_START, lookupStartNanos);
            trace.at(Moment.CACHE_HIT_LOOKUP_END, lookupStartNanos + lookupNanos);
            trace.inputs(Activity.TENSOR_QUEUE_INPUT, request.inputs());
            trace.outputs(response);
        }
    }

    private final Key key;
    private final Deque<Passenger> followers = new ArrayDeque<>();
    private boolean handingOver;
    private boolean leaderless;

    SingleFlight(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    Deque<Passenger> followers() {
        return followers;
    }

    /**
     * Notes that the leader has failed. Returns whether the caller should choose another leader: not if a caller further
     * up the stack, or another thread, is about to.
     */
    boolean beginHandOver() {
        leaderless = true;
        if (handingOver) {
            return false;
        }
        handingOver = true;
        return true;
    }

    /** Whether there is no leader; if there is one, the hand-over has ended. */
    boolean isLeaderless() {
        if (!leaderless) {
            handingOver = false;
        }
        return leaderless;
    }

    /** Notes that a follower is about to lead. */
    void setLed() {
        leaderless = false;
    }
}
