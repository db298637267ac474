package dev.nereid.server.backend;

import dev.nereid.kernels.device.DeviceTurn;
import java.util.List;
import java.util.Objects;

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

    /** A batch of an instance that has one at a time. */
    public Batch(List<Execution> executions) {
        this(executions, DeviceTurn.ALONE);
    }
}
