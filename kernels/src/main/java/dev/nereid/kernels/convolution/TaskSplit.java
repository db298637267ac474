package dev.nereid.kernels.convolution;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** Splits tasks over workers. */
public final class TaskSplit {
    /** Multiply-adds that are worth waking a second worker: about 15 to 20 microseconds of one. */
    private static final long WORTH_SPLITTING = 1_800_000;

    /** To begin a sum and to store it takes as long as so many. */
    private static final int WORK_A_SUM = 16;

    private TaskSplit() {}

    /** What computes one task with scratch memory that no other task uses meanwhile. */
    @FunctionalInterface
    public interface ScratchTask {
        void run(int task, MemorySegment scratch);
    }

    /**
     * Runs the tasks of a convolution, over several workers where there is enough to do.
     *
     * @param scratch {@code scratchBytes} for each worker
     */
    public static void run(
            ConvShape shape,
            Filters filters,
            int tasks,
            MemorySegment scratch,
            long scratchBytes,
            Workers workers,
            ScratchTask task) {
        long sums = (long) shape.batch() * shape.window().outputs() * filters.count();
        long work = sums * (filters.depth() + WORK_A_SUM);
        run(work, tasks, scratch, scratchBytes, workers, task);
    }

    /** Runs tasks of so many multiply-adds in all. */
    public static void run(
            long work, int tasks, MemorySegment scratch, long scratchBytes, Workers workers, ScratchTask task) {
        int shares = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), tasks);
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            MemorySegment own = scratch.asSlice(share * scratchBytes, scratchBytes);
            for (int at = first(tasks, share, shares); at < first(tasks, share + 1, shares); at++) {
                task.run(at, own);
            }
        });
    }

    /** The first task of share {@code number} of {@code shares}. */
    public static int first(int tasks, int number, int shares) {
        return (int) ((long) tasks * number / shares);
    }
}
