package dev.nereid.bench.kernels;

import dev.nereid.bench.kernels.KernelComparison.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a machine that compiled all as it should would not show: a kernel that keeps its vectors in boxes, and a product that a
 * server takes far below the peak. No test of results sees either.
 */
final class KernelCheck {
    /** Bytes of the heap that a computation may take: the objects of a run, and no vector of a loop. */
    private static final long MOST_ALLOCATED = 16 << 10;

    /** Of the peak, for products with packed weights. */
    private static final double LEAST_SHARE = 0.8;

    private KernelCheck() {}

    /**
     * What is wrong with what a server on this machine takes; empty where nothing is.
     *
     * @param peak operations a second of one core
     */
    static List<String> problems(Problem problem, List<Row> rows, double peak) {
        List<String> problems = new ArrayList<>();
        for (Row row : rows) {
            if (!row.pick()) {
                continue;
            }
            if (row.allocatedBytes() > MOST_ALLOCATED) {
                problems.add(KernelReport.name(row) + " allocates " + row.allocatedBytes()
                        + " bytes a computation, expected at most " + MOST_ALLOCATED + ": its vectors are boxed");
            }
            double share = problem.work() / row.seconds() / peak;
            if (row.form().reachesPeak() && share < LEAST_SHARE) {
                problems.add(String.format(
                        Locale.ROOT,
                        "%s reaches %.0f %% of the peak, expected at least %.0f %%",
                        KernelReport.name(row),
                        100 * share,
                        100 * LEAST_SHARE));
            }
        }
        return problems;
    }

    /** Kernels with vectors of the others that take as much of the heap as vectors in boxes do. */
    static List<String> notes(List<Row> rows) {
        return rows.stream()
                .filter(row -> !row.pick()
                        && !row.candidate().layer().equals("scalar")
                        && row.allocatedBytes() > MOST_ALLOCATED)
                .map(row -> KernelReport.name(row) + " allocates " + row.allocatedBytes() + " bytes a computation")
                .toList();
    }
}
