package dev.nereid.kernels.parallel;

/**
 * The threads granted to one run. A kernel splits rows or columns over them, never the dimension it adds along, so
 * that a result does not depend on how many there are.
 */
public interface Workers {
    /** One task of a split range. Must not wait for another task. */
    @FunctionalInterface
    interface Task {
        void run(int index);
    }

    /** Threads that work at the same time, the caller among them; at least 1. Changes in {@link #betweenKernels} alone. */
    int count();

    /**
     * Runs {@code task} for every index in [0, tasks) and returns when all are done. The caller takes part. The first
     * exception of a task is thrown again here, after every task has ended.
     */
    void run(int tasks, Task task);

    /**
     * Said by the thread that runs, between two kernels: it can do with more or fewer workers now, and may have to wait
     * here while others take their turn.
     */
    default void betweenKernels() {}

    /** The calling thread alone. */
    static Workers single() {
        return SingleWorker.INSTANCE;
    }
}
