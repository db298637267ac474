package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;

/** How a product is split over workers: by rows where there are enough of them, else by panels of columns. */
public final class ProductSplit {
    /** Multiply-adds that are worth a second worker: about 15 microseconds of one. */
    private static final long SMALLEST_WORTH_SPLITTING = 6_000_000;

    /** To round a sum and to store it takes as long as so many of them. */
    private static final int WORK_A_SUM = 32;

    /** Parts a worker of a product that is large enough, so that one who comes late leaves some to the others. */
    private static final int PARTS = 2;

    private static final int ROWS_STEP = 6;

    private ProductSplit() {}

    /** A part of a product: rows [rowFrom, rowTo) and columns [columnFrom, columnTo). */
    @FunctionalInterface
    public interface Part {
        void run(int rowFrom, int rowTo, int columnFrom, int columnTo);
    }

    /**
     * Whether a product is worth a second worker.
     *
     * @param sums how many results it has
     * @param k multiply-adds of each
     */
    public static boolean isWorthSplitting(long sums, int k) {
        return work(sums, k) >= SMALLEST_WORTH_SPLITTING;
    }

    private static long work(long sums, int k) {
        return sums * (k + WORK_A_SUM);
    }

    /** Runs {@code part} so that the parts cover [m, n]; columns are split at multiples of {@code panel} only. */
    public static void run(Workers workers, int m, int k, int n, int panel, Part part) {
        int count = workers.count();
        long sums = (long) m * n;
        if (count == 1 || !isWorthSplitting(sums, k)) {
            part.run(0, m, 0, n);
            return;
        }
        if (m >= 2 * ROWS_STEP * count) {
            int parts = work(sums, k) < PARTS * SMALLEST_WORTH_SPLITTING * count ? count : count * PARTS;
            int rows = step(m, parts, ROWS_STEP);
            workers.run((m + rows - 1) / rows, i -> part.run(i * rows, Math.min(m, (i + 1) * rows), 0, n));
            return;
        }
        int columns = step(n, count, panel);
        workers.run((n + columns - 1) / columns, i -> part.run(0, m, i * columns, Math.min(n, (i + 1) * columns)));
    }

    private static int step(int extent, int parts, int multiple) {
        return Math.ceilDiv(Math.ceilDiv(extent, parts), multiple) * multiple;
    }
}
