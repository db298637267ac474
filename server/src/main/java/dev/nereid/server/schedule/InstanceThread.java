package dev.nereid.server.schedule;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The platform thread of one instance. Takes one task at a time: the next only when the one before has ended, which is
 * the scheduler's promise.
 */
final class InstanceThread implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceThread.class);

    private final AtomicReference<@Nullable Runnable> next = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean ended;

    InstanceThread(String name) {
        this(name, () -> {});
    }

    /** @param first what the thread does before its first task */
    InstanceThread(String name, Runnable first) {
        thread = Thread.ofPlatform().daemon().name(name).start(() -> {
            first.run();
            loop();
        });
    }

    @Override
    public void execute(Runnable task) {
        if (!next.compareAndSet(null, task)) {
            throw new IllegalStateException("thread " + thread.getName() + " has a task already");
        }
        LockSupport.unpark(thread);
    }

    /** Ends the thread after its task. Blocks until it has ended. */
    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a task throws must not end the thread: the instance has no other one. */
    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            OutOfMemoryFallback.log(LOG, "a task of an instance's thread", e);
        }
    }

    private void loop() {
        while (true) {
            Runnable task = next.getAndSet(null);
            if (task != null) {
                run(task);
            } else if (ended) {
                return;
            } else {
                LockSupport.park(this);
            }
        }
    }
}
