package dev.nereid.server.schedule.sequence;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One sequence, from its START on, and what the server keeps of it. Its tensors are made and changed by the thread that
 * runs its request, of which there is one at a time; who that is, and when they are freed, is decided under the
 * scheduler's lock.
 */
final class Sequence {
    private final CorrelationId id;
    private @Nullable List<SequenceState> states;
    private Optional<StateBuffer> correlation = Optional.empty();
    private int running;
    private boolean over;

    Sequence(CorrelationId id) {
        this.id = id;
    }

    CorrelationId id() {
        return id;
    }

    /** Makes the tensors, before the first request runs. */
    void prepare(SequenceMemory memory) {
        if (states == null) {
            correlation = memory.controls().correlation(id);
            states = memory.states().stream()
                    .map(template -> new SequenceState(template, memory.pool()))
                    .toList();
        }
    }

    List<SequenceState> states() {
        return states == null ? List.of() : states;
    }

    Optional<Tensor> correlation() {
        return correlation.map(StateBuffer::tensor);
    }

    /** Counts a request that is handed to an instance. Under the lock. */
    void enter() {
        running++;
    }

    /** Counts a request that its instance is done with. Under the lock. */
    void leave() {
        running--;
        freeIfUnused();
    }

    /** No more of its requests will run. Under the lock. */
    void end() {
        over = true;
        freeIfUnused();
    }

    private void freeIfUnused() {
        if (over && running == 0) {
            states().forEach(SequenceState::close);
            states = List.of();
            correlation.ifPresent(StateBuffer::close);
            correlation = Optional.empty();
        }
    }
}
