package dev.nereid.server.backend.plan;

import java.util.concurrent.Semaphore;

/** The part of a model's warm-up that follows while the model serves. The model closes it once, before it gives back its memory. */
final class BackgroundWarmup implements Runnable, AutoCloseable {
    private final Warmup warmup;
    /** Taken while the model is run, and for good by {@link #close}. */
    private final Semaphore running = new Semaphore(1);

    private volatile boolean closed;

    BackgroundWarmup(Warmup warmup) {
        this.warmup = warmup;
    }

    /** Runs the model on the calling thread; does nothing once this is closed. */
    @Override
    public void run() {
        if (running.tryAcquire()) {
            try {
                warmup.runRest(() -> closed);
            } finally {
                running.release();
            }
        }
    }

    /** Ends the runs between two steps, and waits for that. */
    @Override
    public void close() {
        closed = true;
        running.acquireUninterruptibly();
    }
}
