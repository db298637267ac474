package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Limits the concurrent requests in one step of an ensemble, over all of the ensemble's requests. The others wait here in
 * their order, without a thread. Those that are cancelled while they wait are answered soon. Any thread.
 */
final class StepConcurrencyLimit {
    /** Interval at which waiting requests are checked for cancellation. */
    private static final long LOOK_NANOS = 10_000_000;

    private final long most;
    private final Clock clock;
    private final Deque<StepRun> waiting = new ArrayDeque<>();
    private long inside;
    private Clock.@Nullable Alarm alarm;

    /** @param most requests in the step at the same time, at least 1 */
    StepConcurrencyLimit(long most, Clock clock) {
        this.most = most;
        this.clock = clock;
    }

    /** Admits a request, or queues it; returns whether it is admitted. */
    synchronized boolean enter(StepRun run) {
        if (inside < most) {
            inside++;
            run.admit();
            return true;
        }
        waiting.addLast(run);
        watch();
        return false;
    }

    /** Releases a request's permit; returns the requests that are admitted in its place. */
    synchronized Optional<StepRun> leave() {
        StepRun next = waiting.pollFirst();
        if (next == null) {
            inside--;
            return Optional.empty();
        }
        next.admit();
        watch();
        return Optional.of(next);
    }

    /** Removes the waiting requests for which this is true. */
    synchronized List<StepRun> remove(Predicate<StepRun> wanted) {
        List<StepRun> removed = new ArrayList<>();
        for (Iterator<StepRun> each = waiting.iterator(); each.hasNext(); ) {
            StepRun run = each.next();
            if (wanted.test(run)) {
                each.remove();
                removed.add(run);
            }
        }
        watch();
        return removed;
    }

    /** Whether no request is admitted or waits. */
    synchronized boolean isIdle() {
        return inside == 0 && waiting.isEmpty();
    }

    /** Keeps a timer while requests wait. */
    private void watch() {
        if (waiting.isEmpty()) {
            if (alarm != null) {
                alarm.cancel();
                alarm = null;
            }
        } else if (alarm == null) {
            alarm = clock.at(clock.nanos() + LOOK_NANOS, this::look);
        }
    }

    private void look() {
        List<StepRun> cancelled;
        synchronized (this) {
            alarm = null;
            cancelled = remove(StepRun::cancelled);
        }
        cancelled.forEach(run -> run.fail(cancelledError()));
    }

    static InferException cancelledError() {
        return new InferException(InferException.Code.CANCELLED, "Request cancelled");
    }
}
