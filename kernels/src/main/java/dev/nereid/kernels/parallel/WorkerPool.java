package dev.nereid.kernels.parallel;

import dev.nereid.kernels.parallel.CoreScheduler.Account;
import dev.nereid.kernels.parallel.CoreScheduler.Claim;
import dev.nereid.memory.ThreadAffinity;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The cores of the process and its kernel threads. A run has a grant of some cores: one is its own thread's, the others
 * are lent workers'. Over all runs at most two threads a core compute, so that none stands still while another thread
 * wakes, and no run is lent workers beyond the cores. A run that is alone has all of them;
 * when others come it gives up all but one at its next kernel, and where there are more runs than cores they take turns,
 * as {@link CoreScheduler} says. All methods may be called from any thread.
 */
public final class WorkerPool implements AutoCloseable {
    private final List<Worker> workers = new ArrayList<>();
    /** Those that no run has. */
    private final Deque<Worker> idle = new ArrayDeque<>();

    private final Object lock = new Object();
    private final CoreScheduler scheduler;
    private final LongSupplier clock;
    private final int cores;
    /** A snapshot of the scheduler's state, read without the lock. */
    private volatile int free;

    private volatile int idleCores;
    private volatile boolean crowded;

    private volatile int waiting;

    /**
     * Starts the threads: one less than the cores, as whoever runs takes part. They park until a run needs them.
     *
     * @param cores threads that may work at the same time, callers among them
     */
    public WorkerPool(int cores) {
        this(cores, cores, System::nanoTime);
    }

    /** @param spare how many runs may start beside those that have all cores */
    WorkerPool(int cores, int spare, LongSupplier clock) {
        if (cores < 1) {
            throw new IllegalArgumentException("a pool for " + cores + " cores");
        }
        this.cores = cores;
        this.clock = clock;
        scheduler = new CoreScheduler(cores, spare);
        note();
        for (int i = 1; i < cores; i++) {
            workers.add(new Worker("kernel-worker-" + i));
        }
        idle.addAll(workers);
    }

    /**
     * A share for the runs of one model.
     *
     * @param most cores that they may have together, at least 1
     */
    public CoreShare share(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("a share of " + most + " cores");
        }
        return new CoreShare(this, most);
    }

    /** The cores of one run that shares with no other, as {@link CoreShare#grant}. */
    public Grant grant() {
        return grant(new Account(cores), cores);
    }

    Grant grant(Account account, int most) {
        Grant grant;
        synchronized (lock) {
            grant = new Grant(scheduler.claim(account, most, Thread.currentThread(), clock.getAsLong()));
            grant.equip();
            note();
        }
        grant.await();
        return grant;
    }

    /** Whether a run of the account would have a core now. */
    boolean startsAtOnce(Account account) {
        if (free == 0) {
            return false;
        }
        synchronized (lock) {
            return scheduler.startsAtOnce(account);
        }
    }

    /** How many threads may work at the same time. */
    public int cores() {
        return cores;
    }

    /** For how long runs have held cores since the pool began, over all cores; a run counts when it ends. */
    public long heldNanos() {
        synchronized (lock) {
            return scheduler.heldNanos();
        }
    }

    /** Runs that wait for a core. */
    int waiting() {
        return waiting;
    }

    /** Stops the threads after their current tasks. */
    @Override
    public void close() {
        workers.forEach(Worker::end);
    }

    private void note() {
        free = scheduler.free();
        idleCores = scheduler.idle();
        crowded = scheduler.isCrowded();
        waiting = scheduler.waiting();
    }

    private static void wake(List<Claim> called) {
        for (Claim claim : called) {
            LockSupport.unpark(claim.owner());
        }
    }

    /**
     * The cores of one run. Used by the thread that runs; {@link #run} must not be called from one of its own tasks.
     */
    public final class Grant implements Workers, AutoCloseable {
        private final Claim claim;
        private final List<Worker> helpers = new ArrayList<>();
        private boolean closed;

        private Grant(Claim claim) {
            this.claim = claim;
        }

        @Override
        public int count() {
            return helpers.size() + 1;
        }

        @Override
        public void run(int tasks, Task task) {
            if (helpers.isEmpty() || tasks <= 1) {
                Workers.single().run(tasks, task);
                return;
            }
            int offers = Math.min(helpers.size(), tasks - 1);
            ParallelJob job = new ParallelJob(tasks, offers + 1, task, Thread.currentThread());
            int processor = ThreadAffinity.processor();
            for (int i = 0; i < offers; i++) {
                helpers.get(i).offer(job, processor);
            }
            job.work(0);
            job.close();
        }

        @Override
        public void betweenKernels() {
            boolean wanted =
                    claim.cores() > 1 ? crowded || waiting > 0 : waiting > 0 && claim.slicedOut(clock.getAsLong());
            if (wanted || (idleCores > 0 && claim.wantsMore())) {
                change();
            }
        }

        private void change() {
            List<Claim> called;
            synchronized (lock) {
                called = scheduler.adjust(claim, clock.getAsLong());
                equip();
                note();
            }
            wake(called);
            await();
        }

        /** Takes or gives back workers, so that there is one for each core but the first. Called with the lock held. */
        private void equip() {
            while (helpers.size() < claim.cores() - 1) {
                Worker worker = idle.removeFirst();
                helpers.add(worker);
                worker.lend(helpers.size());
            }
            while (helpers.size() > Math.max(claim.cores() - 1, 0)) {
                Worker worker = helpers.removeLast();
                worker.lend(0);
                idle.addFirst(worker);
            }
        }

        /** Waits until the run has a core. */
        private void await() {
            boolean interrupted = false;
            while (claim.cores() == 0) {
                if (claim.isCalled()) {
                    take();
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted();
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private void take() {
            List<Claim> called;
            synchronized (lock) {
                called = scheduler.take(claim, clock.getAsLong());
                note();
            }
            wake(called);
        }

        /** Gives the cores back. Closing twice is harmless. */
        @Override
        public void close() {
            List<Claim> called = List.of();
            synchronized (lock) {
                if (!closed) {
                    closed = true;
                    called = scheduler.release(claim, clock.getAsLong());
                    equip();
                    note();
                }
            }
            wake(called);
        }
    }
}
