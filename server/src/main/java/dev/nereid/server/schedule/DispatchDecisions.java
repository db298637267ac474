package dev.nereid.server.schedule;

import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decisions made under the queue's lock, executed after it is released. Allocated before the lock is taken; decisions
 * that were made stand, whatever fails afterwards.
 */
final class DispatchDecisions {
    private static final Logger LOG = LoggerFactory.getLogger(DispatchDecisions.class);

    private final List<Assignment> assignments = new ArrayList<>(1);
    private final List<RequestQueue.Dropped> dropped = new ArrayList<>(0);
    private @Nullable ScheduledRequest abandoned;
    private @Nullable Throwable failure;

    /**
     * A batch that has been given to an instance.
     *
     * @param turn when it computes, where its instance has two batches
     * @param after for the look that follows its execution: no memory is needed then to give the instance back
     */
    record Assignment(
            Lane lane,
            List<ScheduledRequest> requests,
            BatchClose close,
            Optional<BatchOrder.Turn> turn,
            DispatchDecisions after) {}

    List<Assignment> assignments() {
        return assignments;
    }

    /** Requests that left the queue without being run. */
    List<RequestQueue.Dropped> dropped() {
        return dropped;
    }

    /**
     * Notes that the queue's rule failed; later failures, when no request waits, add nothing.
     *
     * @param waiting the first of those of which the queue knows nothing any more, linked; null for none
     */
    void broke(Throwable cause, @Nullable ScheduledRequest waiting) {
        if (failure == null) {
            failure = cause;
            abandoned = waiting;
        }
    }

    /** Answers all requests that are not run, each with its reason. */
    void answer(String modelName) {
        for (int i = 0; i < dropped.size(); i++) {
            RequestQueue.Dropped each = dropped.get(i);
            OutOfMemoryFallback.drop(each.request(), each.error(), each.reason());
        }
        if (failure != null) {
            OutOfMemoryFallback.log(LOG, modelName, "the scheduler, and with it all that waited,", failure);
            answerAbandoned(OutOfMemoryFallback.error(modelName, "the scheduler of model '%s' failed: ", failure));
        }
    }

    private void answerAbandoned(InferException error) {
        ScheduledRequest request = abandoned;
        while (request != null) {
            ScheduledRequest next = request.next();
            request.unlink();
            OutOfMemoryFallback.drop(request, error, DropReason.FAILURE);
            request = next;
        }
    }
}
