package dev.nereid.server.schedule;

import dev.nereid.server.backend.ModelInstance;
import java.util.concurrent.Executor;

/**
 * An instance and the thread that it runs on. Belongs to its scheduler.
 *
 * @param thread runs one task at a time
 * @param stop ends the thread
 * @param pinned whether the instance must run on its own thread, whatever the caller's
 */
public record Lane(ModelInstance instance, Executor thread, Runnable stop, boolean pinned) {
    /** An instance that may run on any platform thread. */
    public Lane(ModelInstance instance, Executor thread, Runnable stop) {
        this(instance, thread, stop, false);
    }

    /** Ends the thread after its task, then closes the instance. Blocks until that is done. */
    public void close() {
        stop.run();
        instance.close();
    }
}
