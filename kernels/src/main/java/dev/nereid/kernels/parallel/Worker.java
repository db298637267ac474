package dev.nereid.kernels.parallel;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One kernel thread. While it is lent to a run it looks out for the next job for a moment before it parks, because
 * waking a parked thread takes longer than many jobs do.
 */
final class Worker {
    /** How long a lent worker looks out: many a step that nobody shares takes as long, and waking it several times 10 us. */
    private static final long SPIN_NANOS = 200_000;

    private final AtomicReference<@Nullable Job> slot = new AtomicReference<>();
    private final Thread thread;
    /** Its number among the parties of the run that holds it; 0 while none does. */
    private volatile int party;

    private volatile boolean parked;
    private volatile boolean ended;

    Worker(String name) {
        thread = Thread.ofPlatform().name(name).daemon(true).start(this::loop);
    }

    /**
     * Lends the worker to a run, or takes it back.
     *
     * @param asParty its number among the parties of the run's jobs; 0 for no run any more
     */
    void lend(int asParty) {
        party = asParty;
    }

    /** Asks the worker to take part in a job; it may come late or never, and the job goes on without it. */
    void offer(Job job) {
        slot.set(job);
        wake();
    }

    void end() {
        ended = true;
        wake();
    }

    private void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    private void loop() {
        while (!ended) {
            Job job = slot.getAndSet(null);
            if (job == null) {
                await();
            } else if (job.enter()) {
                try {
                    job.work(party);
                } finally {
                    job.leave();
                }
            }
        }
    }

    private void await() {
        long start = System.nanoTime();
        while (party > 0 && System.nanoTime() - start < SPIN_NANOS) {
            if (slot.get() != null) {
                return;
            }
            Thread.onSpinWait();
        }
        parked = true;
        while (slot.get() == null && !ended) {
            LockSupport.park(this);
        }
        parked = false;
    }
}
