package dev.nereid.kernels.parallel;

import dev.nereid.memory.ThreadAffinity;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One kernel thread. While it is lent to a run it looks out for the next job for a moment before it parks, because
 * waking a parked thread takes longer than many jobs do.
 *
 * <p>It keeps off the processor of the thread that offers it jobs. In a virtual machine Linux takes a processor that has been
 * idle for one that the host uses otherwise, and wakes a thread beside the one that wakes it; as the two wait for each other all
 * the time, it finds neither fit to be moved, and they share one processor for tens of milliseconds.
 */
final class Worker {
    /** How long a lent worker looks out: many a step that nobody shares takes as long, and waking it several times 10 us. */
    private static final long SPIN_NANOS = 200_000;

    private final AtomicReference<@Nullable ParallelJob> slot = new AtomicReference<>();
    private final Thread thread;
    /** Its number among the parties of the run that holds it; 0 while none does. */
    private volatile int party;

    /** The system's number of the thread, and where it may run; none before it has started. */
    private volatile Place place = new Place(-1, Set.of());

    /** The processor that it keeps off; negative before it keeps off any. */
    private volatile int avoided = -1;

    private volatile boolean parked;
    private volatile boolean ended;

    private record Place(int thread, Set<Integer> processors) {}

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

    /**
     * Asks the worker to take part in a job; it may come late or never, and the job goes on without it.
     *
     * @param processor where the calling thread runs; negative where the system does not say
     */
    void offer(ParallelJob job, int processor) {
        keepOff(processor);
        slot.set(job);
        wake();
    }

    private void keepOff(int processor) {
        Place at = place;
        if (processor == avoided || processor < 0 || at.thread < 0) {
            return;
        }
        avoided = processor;
        Set<Integer> others = new TreeSet<>(at.processors);
        others.remove(processor);
        if (others.isEmpty()) {
            return;
        }
        try {
            ThreadAffinity.pin(at.thread, others);
        } catch (UnsupportedOperationException e) {
            place = new Place(-1, Set.of()); // they were taken away from the process: it stays where the system puts it
        }
    }

    private static Place ownPlace() {
        return ThreadAffinity.isSupported()
                ? new Place(ThreadAffinity.thread(), ThreadAffinity.current())
                : new Place(-1, Set.of());
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
        place = ownPlace();
        while (!ended) {
            ParallelJob job = slot.getAndSet(null);
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
