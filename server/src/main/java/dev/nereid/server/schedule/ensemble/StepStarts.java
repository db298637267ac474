package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.schedule.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts the steps of an ensemble's requests, as their concurrency limits allow. Any thread. */
final class StepStarts {
    /** One a step; none where nothing limits them. */
    private final List<StepConcurrencyLimit> limits = new ArrayList<>();

    /** @param most requests in each of the steps at the same time; 0 for any number */
    StepStarts(long most, int steps, Clock clock) {
        for (int i = 0; most > 0 && i < steps; i++) {
            limits.add(new StepConcurrencyLimit(most, clock));
        }
    }

    /** Starts a step, or makes it wait for its turn. */
    void start(StepRun run) {
        Optional<StepConcurrencyLimit> limit = limit(run);
        if (limit.isEmpty() || limit.get().enter(run)) {
            Trampoline.run(() -> launch(run));
        } else if (run.ensemble().hasFailed()) {
            // Failed by another step since it was made, and so missed when the limits were checked.
            limit.get()
                    .remove(run::equals)
                    .forEach(waiting -> waiting.ensemble().drop(waiting));
        }
    }

    /** Lets a step that has ended release its permit, and starts what waits for it. */
    void leave(StepRun run) {
        if (run.admitted()) {
            limit(run).flatMap(StepConcurrencyLimit::leave).ifPresent(next -> Trampoline.run(() -> resume(next)));
        }
    }

    /** Takes away all steps of a request that wait. */
    List<StepRun> removeAll(EnsembleRun ensemble) {
        List<StepRun> removed = new ArrayList<>();
        limits.forEach(limit -> removed.addAll(limit.remove(run -> run.ensemble() == ensemble)));
        return removed;
    }

    /** Whether no step holds a permit or waits for one. */
    boolean isIdle() {
        return limits.stream().allMatch(StepConcurrencyLimit::isIdle);
    }

    private Optional<StepConcurrencyLimit> limit(StepRun run) {
        return limits.isEmpty()
                ? Optional.empty()
                : Optional.of(limits.get(run.step().index()));
    }

    /** Starts a step whose turn has come, unless its request has failed since. */
    private static void launch(StepRun run) {
        if (run.ensemble().hasFailed()) {
            run.ensemble().drop(run);
        } else {
            run.start();
        }
    }

    /** Starts a step that has waited. */
    private static void resume(StepRun run) {
        if (run.cancelled() && !run.ensemble().hasFailed()) {
            run.fail(StepConcurrencyLimit.cancelledError());
        } else {
            launch(run);
        }
    }
}
