package dev.nereid.kernels.parallel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One split range. Whoever takes part draws task numbers until none is left. The owner closes the job, after which
 * nobody enters it any more, and waits only for those who are inside.
 */
final class Job {
    private static final int CLOSED = 1 << 30;
    private static final int SPINS = 2000;

    private final int tasks;
    private final Workers.Task task;
    private final Thread owner;
    private final AtomicInteger next = new AtomicInteger();

    /** Workers inside, plus {@link #CLOSED}. */
    private final AtomicInteger state = new AtomicInteger();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(int tasks, Workers.Task task, Thread owner) {
        this.tasks = tasks;
        this.task = task;
        this.owner = owner;
    }

    /** Enters the job, unless it is closed. Who has entered leaves. */
    boolean enter() {
        int seen = state.get();
        while (seen < CLOSED) {
            if (state.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = state.get();
        }
        return false;
    }

    void leave() {
        if (state.decrementAndGet() == CLOSED) {
            LockSupport.unpark(owner);
        }
    }

    /** Runs tasks until all are drawn; keeps the first failure. */
    void work() {
        for (int index = next.getAndIncrement(); index < tasks; index = next.getAndIncrement()) {
            try {
                task.run(index);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    /** Waits for those inside, then throws the first failure of a task. Called once, by the owner. */
    void close() {
        state.getAndAdd(CLOSED);
        for (int i = 0; i < SPINS && state.get() != CLOSED; i++) {
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        while (state.get() != CLOSED) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            owner.interrupt();
        }
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}
