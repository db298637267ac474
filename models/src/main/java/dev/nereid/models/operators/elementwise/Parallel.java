package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;

/**
 * When work on many elements is worth several threads, and how it is cut. Handing work to another thread takes some
 * microseconds while it looks out for it, tens when it sleeps.
 */
public final class Parallel {
    /** Computes a range. */
    @FunctionalInterface
    public interface Range {
        void run(long from, int length);
    }

    private static final long VECTOR_ELEMENTS = 1L << 16;
    private static final long SCALAR_ELEMENTS = 1L << 15;

    /** A piece of work that one kernel call does, at the most. */
    private static final int PIECE = 1 << 16;

    /** Elements of a piece come in so many whole ones. */
    private static final int GRANULE = 64;

    /** Tasks for each worker, so that one who comes late leaves some to the others. */
    private static final int TASKS = 4;

    private Parallel() {}

    /** How many elements take some tens of microseconds: more are shared. */
    public static long elements(DataType type) {
        return type == DataType.FP32 ? VECTOR_ELEMENTS : SCALAR_ELEMENTS;
    }

    /** Runs {@code body} over [0, elements), on several threads if there are many. */
    public static void elements(Workers workers, long elements, DataType type, Range body) {
        ranges(workers, elements, PIECE, GRANULE, elements > elements(type), body);
    }

    /** Runs {@code body} over [0, rows) of {@code rowElements} each, on several threads if there are many. */
    public static void rows(Workers workers, long rows, long rowElements, DataType type, Range body) {
        long piece = Math.clamp(PIECE / Math.max(rowElements, 1), 1, PIECE);
        ranges(workers, rows, piece, 1, rows * rowElements > elements(type), body);
    }

    private static void ranges(Workers workers, long count, long most, int granule, boolean many, Range body) {
        if (!many || workers.count() == 1) {
            pieces(0, Math.ceilDiv(count, most), count, most, body);
            return;
        }
        long even = Math.ceilDiv(Math.ceilDiv(count, (long) TASKS * workers.count()), granule) * granule;
        long piece = Math.min(most, even);
        long pieces = Math.ceilDiv(count, piece);
        int tasks = (int) Math.min(pieces, (long) TASKS * workers.count());
        workers.run(tasks, task -> pieces(pieces * task / tasks, pieces * (task + 1) / tasks, count, piece, body));
    }

    private static void pieces(long from, long to, long count, long piece, Range body) {
        for (long i = from; i < to; i++) {
            body.run(i * piece, (int) Math.min(piece, count - i * piece));
        }
    }
}
