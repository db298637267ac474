package dev.nereid.kernels.parallel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A range of tasks that the threads of a run share. Every party has a part of it that it begins with, the same one of each
 * job that has as many parties, so that what a kernel reads mostly lies in the caches of the core that wrote it; then it
 * draws from the others' parts until no task is left. The owner closes the job, after which nobody enters it any more, and
 * waits only for those who are inside.
 */
final class ParallelJob {
    private static final int CLOSED = 1 << 30;
    private static final int SPINS = 2000;
    /** Counters of parties lie this far apart, so that each has a cache line of its own. */
    private static final int STRIDE = 32;

    private final int tasks;
    private final Workers.Task task;
    private final Thread owner;
    private final int parties;
    /** Number of tasks drawn from each party's part. */
    private final AtomicIntegerArray drawn;

    /** Workers inside, plus {@link #CLOSED}. */
    private final AtomicInteger state = new AtomicInteger();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** @param parties who may take part, the owner as number 0 */
    ParallelJob(int tasks, int parties, Workers.Task task, Thread owner) {
        this.tasks = tasks;
        this.parties = parties;
        this.drawn = new AtomicIntegerArray(parties * STRIDE);
        this.task = task;
        this.owner = owner;
    }

    /** Enters the job, unless it is closed. Every entry must be followed by {@link #leave}. */
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

    /** Runs tasks until all are drawn, first those of a party's own part; keeps the first failure. */
    void work(int party) {
        for (int i = 0; i < parties; i++) {
            workOnPart((party + i) % parties);
        }
    }

    private void workOnPart(int party) {
        int first = first(party);
        int count = first(party + 1) - first;
        int counter = party * STRIDE;
        // A look before drawing, so that who comes late does not take the counter's line from who works.
        while (drawn.get(counter) < count) {
            int index = drawn.getAndIncrement(counter);
            if (index >= count) {
                return;
            }
            try {
                task.run(first + index);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    private int first(int party) {
        return (int) ((long) tasks * party / parties);
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
