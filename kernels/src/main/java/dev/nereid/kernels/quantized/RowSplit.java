package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;

/** How work on rows that do not depend on each other is split over workers. */
public final class RowSplit {
    private static final long SMALLEST_WORTH_SPLITTING = 1L << 20;

    private RowSplit() {}

    /** Rows [from, to); {@code worker} is below the count of workers and different from that of every other part. */
    @FunctionalInterface
    public interface Part {
        void run(int worker, int from, int to);
    }

    /**
     * Runs {@code part} so that the parts cover all rows, at most one a worker.
     *
     * @param cost of all rows, in multiply-adds or what takes as long
     */
    public static void run(Workers workers, int rows, long cost, Part part) {
        int count = cost < SMALLEST_WORTH_SPLITTING ? 1 : Math.min(workers.count(), rows);
        if (count <= 1) {
            part.run(0, 0, rows);
            return;
        }
        int step = Math.ceilDiv(rows, count);
        workers.run(Math.ceilDiv(rows, step), i -> part.run(i, i * step, Math.min(rows, (i + 1) * step)));
    }
}
