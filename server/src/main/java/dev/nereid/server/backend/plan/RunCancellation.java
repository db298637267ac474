package dev.nereid.server.backend.plan;

import dev.nereid.models.execute.Cancellation;
import dev.nereid.server.backend.Execution;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Cancels the run of a batch when all of its requests are cancelled, or the model ends all runs. Asked by the thread that runs
 * the batch; requests are cancelled by any.
 */
final class RunCancellation implements Cancellation {
    private final BooleanSupplier stopped;
    private final List<Execution> executions;
    /** The requests before this one are cancelled, and stay so: as a rule one is asked. */
    private int cancelled;

    /** @param stopped whether the model ends all runs */
    RunCancellation(BooleanSupplier stopped, List<Execution> executions) {
        this.stopped = stopped;
        this.executions = executions;
    }

    @Override
    public boolean isRequested() {
        if (stopped.getAsBoolean()) {
            return true;
        }
        while (cancelled < executions.size()
                && executions.get(cancelled).request().cancelled()) {
            cancelled++;
        }
        return cancelled == executions.size();
    }
}
