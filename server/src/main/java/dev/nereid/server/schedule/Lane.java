package dev.nereid.server.schedule;

import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.schedule.limit.Turn;
import java.util.concurrent.Executor;

/**
 * An instance and the thread that it runs on. Belongs to its scheduler.
 *
 * @param name the instance's, as a client may be told
 * @param thread runs one task at a time
 * @param stop ends the thread
 * @param pinned whether the instance must run on its own thread, whatever the caller's
 * @param turn its right to start a batch
 */
public record Lane(String name, ModelInstance instance, Executor thread, Runnable stop, boolean pinned, Turn turn) {
    /** An instance that may run on any platform thread, whenever it is free. */
    public Lane(String name, ModelInstance instance, Executor thread, Runnable stop) {
        this(name, instance, thread, stop, false, Turn.FREE);
    }

    /** Ends the thread after its task, gives its resources back and closes the instance. Blocks until that is done. */
    public void close() {
        stop.run();
        turn.close();
        instance.close();
    }
}
