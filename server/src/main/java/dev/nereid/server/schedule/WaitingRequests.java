package dev.nereid.server.schedule;

import dev.nereid.server.observe.ModelStatistics;
import org.jspecify.annotations.Nullable;

/**
 * The requests that a scheduler has given to its queue and not had back, in the order of arrival: what must be answered
 * where the queue's rule breaks. A list through the requests themselves, so that nothing here needs memory, of which
 * there may be none. Counts them in the statistics. Under the scheduler's lock.
 */
final class WaitingRequests {
    private final ModelStatistics statistics;
    private @Nullable ScheduledRequest first;
    private @Nullable ScheduledRequest last;

    WaitingRequests(ModelStatistics statistics) {
        this.statistics = statistics;
    }

    /** Adds a request that is in no such list. */
    void add(ScheduledRequest request) {
        request.linkTo(last);
        if (last == null) {
            first = request;
        }
        last = request;
        statistics.enterQueue();
    }

    /** Takes a request out; it is in the list. */
    void remove(ScheduledRequest request) {
        if (request == first) {
            first = request.next();
        }
        if (request == last) {
            last = request.previous();
        }
        request.unlink();
        statistics.leaveQueue();
    }

    /** Lets all go, still linked; answers the first of them, null where there is none. */
    @Nullable
    ScheduledRequest detach() {
        ScheduledRequest head = first;
        first = null;
        last = null;
        for (ScheduledRequest request = head; request != null; request = request.next()) {
            statistics.leaveQueue();
        }
        return head;
    }
}
