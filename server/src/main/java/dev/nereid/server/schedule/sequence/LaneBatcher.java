package dev.nereid.server.schedule.sequence;

import dev.nereid.server.observe.BatchClose;
import java.util.List;
import java.util.Optional;

/**
 * The rule that says which requests of one instance's slots run next, when the instance is free. Plain data under the
 * scheduler's lock.
 */
interface LaneBatcher {
    /** What the instance should do. */
    sealed interface Choice {
        /**
         * Run these as one batch. They are still in their slots.
         *
         * @param members empty where padding takes the place of a sequence; at least one is a request
         * @param close why there are no more of them
         */
        record Run(List<Optional<SequenceRequest>> members, BatchClose close) implements Choice {}

        /** A request at the head of a slot is cancelled: drop its sequence, then ask again. */
        record Cancelled(SequenceRequest request) implements Choice {}

        /** Nothing before this time, unless something changes. */
        record Wait(long untilNanos) implements Choice {}

        /** Nothing until something changes. */
        record Idle() implements Choice {}
    }

    /** Nothing to do. */
    Choice IDLE = new Choice.Idle();

    /** Notes that the first waiting request of a slot may run: its sequence has nothing with the instance. */
    void ready(SequenceRequest head, long nowNanos);

    /** Notes that a request that was ready is taken or dropped. */
    void remove(SequenceRequest head);

    /** Chooses what runs now. */
    Choice next(long nowNanos);

    /** Whether the next batch must wait until all requests of the one before are answered. */
    boolean waitsForAnswers();
}
