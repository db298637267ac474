package dev.nereid.kernels.parallel;

import java.util.ArrayList;
import java.util.List;

/**
 * The kernel threads of the process: one less than the cores, as whoever runs takes part. A run that finds no other
 * run going gets all of them, any other gets none and works alone; nobody waits. All methods may be called from any
 * thread.
 */
public final class WorkerPool implements AutoCloseable {
    private final List<Worker> workers = new ArrayList<>();
    private final Object lock = new Object();
    private int grants;

    /**
     * Starts the threads. They park until a run needs them.
     *
     * @param cores threads that may work at the same time, callers among them
     */
    public WorkerPool(int cores) {
        if (cores < 1) {
            throw new IllegalArgumentException("a pool for " + cores + " cores");
        }
        for (int i = 1; i < cores; i++) {
            workers.add(new Worker("kernel-worker-" + i));
        }
    }

    /** The workers for one run: all if no other run is going, else the caller alone. The caller closes the grant. */
    public Grant grant() {
        synchronized (lock) {
            return new Grant(grants++ == 0 ? workers : List.of());
        }
    }

    /** Ends the threads when they have done what they are at. */
    @Override
    public void close() {
        workers.forEach(Worker::end);
    }

    /**
     * The workers of one run. Used by the thread that runs; {@link #run} must not be called from one of its own tasks.
     */
    public final class Grant implements Workers, AutoCloseable {
        private final List<Worker> granted;
        private boolean closed;

        private Grant(List<Worker> granted) {
            this.granted = granted;
            granted.forEach(worker -> worker.lend(true));
        }

        @Override
        public int count() {
            return granted.size() + 1;
        }

        @Override
        public void run(int tasks, Task task) {
            if (granted.isEmpty() || tasks <= 1) {
                Workers.single().run(tasks, task);
                return;
            }
            Job job = new Job(tasks, task, Thread.currentThread());
            for (int i = 0; i < Math.min(granted.size(), tasks - 1); i++) {
                granted.get(i).offer(job);
            }
            job.work();
            job.close();
        }

        /** Gives the workers back. Closing twice is harmless. */
        @Override
        public void close() {
            synchronized (lock) {
                if (!closed) {
                    closed = true;
                    grants--;
                    granted.forEach(worker -> worker.lend(false));
                }
            }
        }
    }
}
