package dev.nereid.server.schedule.sequence;

import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.ScheduledRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decisions made under the queue's lock, executed after it is released.
 *
 * @param vacant numbers of instances that were taken away and that no sequence uses any more
 */
record QueueDecisions(List<Assignment> assignments, List<Dropped> dropped, List<Integer> vacant) {
    /**
     * A batch for an instance that is free.
     *
     * @param lane the instance's number
     * @param members empty where padding takes the place of a sequence
     * @param close why there are no more of them
     */
    record Assignment(int lane, List<Optional<SequenceRequest>> members, BatchClose close) {}

    /** A request that is answered without being run. */
    record Dropped(ScheduledRequest request, InferException error, DropReason reason) {}

    QueueDecisions() {
        this(new ArrayList<>(1), new ArrayList<>(0), new ArrayList<>(0));
    }

    void drop(ScheduledRequest request, InferException error, DropReason reason) {
        dropped.add(new Dropped(request, error, reason));
    }
}
