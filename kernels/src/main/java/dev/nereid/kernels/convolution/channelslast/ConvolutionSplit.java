package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.TaskSplit;

/**
 * Splits a convolution over workers: each item's rows into bands, the panels of filters into parts. A task is one band of
 * one item and one part; those of a part follow each other, so that a worker reads few filters.
 */
final class ConvolutionSplit {
    /** Multiply-adds that take as long as it does to read a byte from beyond the L2 cache. */
    private static final double WORK_A_BYTE = 4;

    /** Filters of so many bytes are still in the L2 cache when the next band comes. */
    private static final long KEPT_BYTES = 512 << 10;

    /** What a task takes before it computes anything, in multiply-adds. */
    private static final double WORK_A_TASK = 50_000;

    private final Whole whole;
    private final Cut single;
    private volatile Cut last;

    ConvolutionSplit(Whole whole) {
        this.whole = whole;
        this.single = cut(1, Math.ceilDiv(whole.rows, whole.mostRows), 1);
        this.last = single;
    }

    /**
     * What is to be shared.
     *
     * @param batch items
     * @param rows of an item
     * @param mostRows rows of a band at the most
     * @param fewestRows rows below which a band has too little to do for the filters that it reads
     * @param panels of filters
     * @param panelShare what a whole panel is of all filters
     * @param work multiply-adds of an item
     * @param filterBytes bytes of all filters
     * @param inputBytes bytes that an item's rows read
     * @param inputWork what every part does of its own with those, as multiply-adds
     */
    record Whole(
            int batch,
            int rows,
            int mostRows,
            int fewestRows,
            int panels,
            double panelShare,
            long work,
            long filterBytes,
            long inputBytes,
            long inputWork) {}

    /** One task: rows [fromRow, toRow) of an item, and panels [fromPanel, toPanel). */
    record Task(int item, int fromRow, int toRow, int fromPanel, int toPanel) {}

    /**
     * One way to share it.
     *
     * @param workers for how many it is
     * @param rows rows of a band; the last may have fewer
     * @param bands of an item
     * @param parts of the panels
     */
    record Cut(Whole whole, int workers, int rows, int bands, int parts) {
        int tasks() {
            return whole.batch * bands * parts;
        }

        Task task(int number) {
            int part = number / (whole.batch * bands);
            int band = number % bands;
            return new Task(
                    number / bands % whole.batch,
                    band * rows,
                    Math.min(whole.rows, (band + 1) * rows),
                    TaskSplit.first(whole.panels, part, parts),
                    TaskSplit.first(whole.panels, part + 1, parts));
        }

        /** What the worker with most tasks has to do, in multiply-adds. */
        private double cost() {
            double tasks = Math.ceilDiv(tasks(), workers);
            double band = (double) rows / whole.rows;
            double part = Math.min(1, Math.ceilDiv(whole.panels, parts) * whole.panelShare);
            double filters = whole.filterBytes * part;
            double bytes = tasks * whole.inputBytes * band + (filters > KEPT_BYTES ? tasks : 1) * filters;
            double work = band * (whole.work * part + whole.inputWork) + WORK_A_TASK;
            return tasks * work + WORK_A_BYTE * bytes;
        }
    }

    /** The way that keeps the busiest worker busy for the shortest time; for one worker as few bands as may be. */
    Cut of(int workers) {
        if (workers == 1) {
            return single;
        }
        Cut cut = last;
        if (cut.workers != workers) {
            cut = search(workers);
            last = cut;
        }
        return cut;
    }

    private Cut search(int workers) {
        Cut best = cut(workers, single.bands, 1);
        int fewestRows = Math.min(whole.fewestRows, single.rows);
        for (int parts = 1; parts <= Math.min(whole.panels, workers); parts++) {
            Cut cut = cut(workers, single.bands, parts);
            while (cut.cost() < best.cost() || cut.bands < single.bands + workers) {
                if (cut.cost() < best.cost()) {
                    best = cut;
                }
                if (cut.rows <= fewestRows) {
                    break;
                }
                cut = ofRows(workers, cut.rows - 1, parts);
            }
        }
        return best;
    }

    private Cut cut(int workers, int bands, int parts) {
        return ofRows(workers, Math.max(1, Math.ceilDiv(whole.rows, Math.max(1, bands))), parts);
    }

    private Cut ofRows(int workers, int rows, int parts) {
        return new Cut(whole, workers, rows, Math.ceilDiv(whole.rows, rows), parts);
    }
}
