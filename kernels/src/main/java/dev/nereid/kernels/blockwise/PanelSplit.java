package dev.nereid.kernels.blockwise;

import dev.nereid.kernels.parallel.Workers;

/** How the panels of a product are split over workers. */
public final class PanelSplit {
    private static final long SMALLEST_WORTH_SPLITTING = 1L << 20;

    private PanelSplit() {}

    /** Panels [from, to); {@code worker} is below the count of workers and different from that of every other part. */
    @FunctionalInterface
    public interface Part {
        void run(int worker, int from, int to);
    }

    /** Runs {@code part} so that the parts cover all panels, at most one a worker, each from a multiple of {@code step} on. */
    public static void run(Workers workers, int rows, BlockwiseMatrix b, int step, Part part) {
        if (workers.count() == 1 || rows * b.depth() * b.n() < SMALLEST_WORTH_SPLITTING) {
            part.run(0, 0, b.panels());
            return;
        }
        int panels = Math.ceilDiv(Math.ceilDiv(b.panels(), workers.count()), step) * step;
        workers.run(
                Math.ceilDiv(b.panels(), panels), i -> part.run(i, i * panels, Math.min(b.panels(), (i + 1) * panels)));
    }
}
