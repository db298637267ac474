package dev.nereid.server.schedule;

import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.schedule.limit.Turn;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * An instance and the thread that it runs on, or one of two that an instance has. Belongs to its scheduler.
 *
 * @param name the instance's, as a client may be told
 * @param thread runs one task at a time
 * @param stop ends the thread
 * @param pinned whether the instance must run on its own thread, whatever the caller's
 * @param turn its right to start a batch
 * @param order shared by the two lanes of an instance, which execute a batch and prepare the next; none for an instance
 *     that has one batch at a time
 */
public record Lane(
        String name,
        ModelInstance instance,
        Executor thread,
        Runnable stop,
        boolean pinned,
        Turn turn,
        Optional<BatchOrder> order) {
    /** The only lane of an instance. */
    public Lane(String name, ModelInstance instance, Executor thread, Runnable stop, boolean pinned, Turn turn) {
        this(name, instance, thread, stop, pinned, turn, Optional.empty());
    }

    /** An instance that may run on any platform thread, whenever it is free. */
    public Lane(String name, ModelInstance instance, Executor thread, Runnable stop) {
        this(name, instance, thread, stop, false, Turn.FREE);
    }

    /** One of the two lanes of an instance. */
    public Lane in(BatchOrder instancesOrder) {
        return new Lane(name, instance, thread, stop, pinned, turn, Optional.of(instancesOrder));
    }

    /** Whether its instance has a batch, so that a batch which this lane takes is prepared meanwhile. */
    boolean prepares() {
        return order.isPresent() && order.get().isBusy();
    }

    /** Ends the thread after its task, gives its resources back and closes the instance. Blocks until that is done. */
    public void close() {
        stop.run();
        turn.close();
        instance.close();
    }
}
