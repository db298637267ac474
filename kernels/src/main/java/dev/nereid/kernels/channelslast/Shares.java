package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.ConvShape;

/** How tasks are split over workers. */
final class Shares {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 6_000_000;

    private Shares() {}

    /** Over how many workers the tasks of a convolution are split. */
    static int of(ConvShape shape, Filters filters, int tasks, int workers) {
        long work = (long) shape.batch() * shape.window().outputs() * filters.elements();
        return work < WORTH_SPLITTING ? 1 : Math.min(workers, tasks);
    }

    /** The first task of share {@code number} of {@code shares}. */
    static int first(int tasks, int number, int shares) {
        return (int) ((long) tasks * number / shares);
    }
}
