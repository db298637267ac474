package dev.nereid.server.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

/**
 * The waiting requests of one priority: those in time, in the order of arrival, and behind them those whose time is up
 * but which are not refused. Requests that have left are dropped from the deques when they come to the front.
 */
final class PriorityLevel {
    private final QueuePolicy policy;
    private final Deque<ScheduledRequest> waiting = new ArrayDeque<>();
    private final Deque<ScheduledRequest> delayed = new ArrayDeque<>();
    private int size;

    PriorityLevel(QueuePolicy policy) {
        this.policy = policy;
    }

    QueuePolicy policy() {
        return policy;
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return policy.maxSize() > 0 && size >= policy.maxSize();
    }

    void add(ScheduledRequest request) {
        waiting.addLast(request);
        size++;
    }

    /** Takes a request out for good. */
    void remove(ScheduledRequest request) {
        request.moveTo(ScheduledRequest.Place.GONE);
        size--;
        trim(waiting, ScheduledRequest.Place.WAITING);
        trim(delayed, ScheduledRequest.Place.DELAYED);
    }

    /** Moves a request behind all others of this level. */
    void delay(ScheduledRequest request) {
        request.moveTo(ScheduledRequest.Place.DELAYED);
        delayed.addLast(request);
        trim(waiting, ScheduledRequest.Place.WAITING);
    }

    /**
     * Shows the requests in the order in which they run, until the visitor has seen enough. The visitor must not change
     * the level.
     *
     * @param visitor answers whether it wants more
     * @return whether the visitor still wants more
     */
    boolean visit(Predicate<ScheduledRequest> visitor) {
        return visit(waiting, ScheduledRequest.Place.WAITING, visitor)
                && visit(delayed, ScheduledRequest.Place.DELAYED, visitor);
    }

    private static boolean visit(
            Deque<ScheduledRequest> deque, ScheduledRequest.Place place, Predicate<ScheduledRequest> visitor) {
        for (ScheduledRequest request : deque) {
            if (request.place() == place && !visitor.test(request)) {
                return false;
            }
        }
        return true;
    }

    private static void trim(Deque<ScheduledRequest> deque, ScheduledRequest.Place place) {
        while (!deque.isEmpty() && deque.getFirst().place() != place) {
            deque.removeFirst();
        }
    }
}
