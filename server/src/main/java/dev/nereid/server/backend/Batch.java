package dev.nereid.server.backend;

import dev.nereid.models.lowering.DeviceTurn;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The requests of one execution, in order; at least one.
 *
 * @param turn when it may compute, where its instance prepares a batch while another one executes
 */
public record Batch(List<Execution> executions, DeviceTurn turn) {
    public Batch {
        executions = List.copyOf(executions);
        Objects.requireNonNull(turn, "turn");
    }

    /** A batch in a turn of its instance's order, if that has one. */
    public static Batch of(List<Execution> executions, Optional<BatchOrder.Turn> turn) {
        return new Batch(executions, turn.isPresent() ? turn.get() : DeviceTurn.ALONE);
    }

    /** A batch of an instance that has one at a time. */
    public Batch(List<Execution> executions) {
        this(executions, DeviceTurn.ALONE);
    }
}
