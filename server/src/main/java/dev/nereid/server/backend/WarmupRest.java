package dev.nereid.server.backend;

import dev.nereid.models.execute.Cancellation;
import java.util.concurrent.locks.ReentrantLock;

/** The part of a model's warm-up that follows while the model serves. The model closes it before it gives back its memory. */
final class WarmupRest implements Runnable, AutoCloseable {
    private final Warmup warmup;
    /** Held while the model is run. */
    private final ReentrantLock running = new ReentrantLock();

    private volatile boolean closed;

    WarmupRest(Warmup warmup) {
        this.warmup = warmup;
    }

    /** Runs the model on the calling thread; does nothing once this is closed. */
    @Override
    public void run() {
        running.lock();
        try {
            Cancellation whenClosed = () -> closed;
            if (!closed) {
                warmup.runRest(whenClosed);
            }
        } finally {
            running.unlock();
        }
    }

    /** Ends the runs between two steps, and waits for that. */
    @Override
    public void close() {
        closed = true;
        running.lock();
        running.unlock();
    }
}
