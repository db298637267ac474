package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.schedule.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts the steps of an ensemble's requests, as the gates of the steps let them. Any thread. */
final class StepStarts {
    /** One a step; none where nothing limits them. */
    private final List<StepGate> gates = new ArrayList<>();

    /** @param most requests in each of the steps at the same time; 0 for any number */
    StepStarts(long most, int steps, Clock clock) {
        for (int i = 0; most > 0 && i < steps; i++) {
            gates.add(new StepGate(most, clock));
        }
    }

    /** Starts a step, or makes it wait for its turn. */
    void start(StepRun run) {
        Optional<StepGate> gate = gate(run);
        if (gate.isEmpty() || gate.get().enter(run)) {
            Trampoline.run(() -> launch(run));
        } else if (run.ensemble().hasFailed()) {
            // Failed by another step since it was made, and so missed by the look through the gates.
            gate.get().remove(run::equals).forEach(waiting -> waiting.ensemble().drop(waiting));
        }
    }

    /** Lets a step that has ended out of its gate, and starts what waits for its place. */
    void leave(StepRun run) {
        if (run.admitted()) {
            gate(run).flatMap(StepGate::leave).ifPresent(next -> Trampoline.run(() -> resume(next)));
        }
    }

    /** Takes away all steps of a request that wait. */
    List<StepRun> removeAll(EnsembleRun ensemble) {
        List<StepRun> removed = new ArrayList<>();
        gates.forEach(gate -> removed.addAll(gate.remove(run -> run.ensemble() == ensemble)));
        return removed;
    }

    /** Whether no step has passed a gate or waits at one. */
    boolean isIdle() {
        return gates.stream().allMatch(StepGate::isIdle);
    }

    private Optional<StepGate> gate(StepRun run) {
        return gates.isEmpty()
                ? Optional.empty()
                : Optional.of(gates.get(run.step().index()));
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
            run.fail(StepGate.cancelledError());
        } else {
            launch(run);
        }
    }
}
