package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;

/** When work on many elements is worth several threads, and how it is cut. Handing work to
 * another thread takes some microseconds while it looks out for it, tens when it sleeps. */
public final class Parallel {
    /** Computes a range. */
    @FunctionalInterface
    public interface Range {
        void run(long from, int length);
    }

    private static final long VECTOR_ELEMENTS = 1L << 16;
    private static final long SCALAR_ELEMENTS = 1L << 15;

    /** A piece of work that one kernel call does. */
    private static final int PIECE = 1 << 14;

    private Parallel() {}

    /** How many elements take some tens of microseconds: more are shared. */
    public static long elements(DataType type) {
        return type == DataType.FP32 ? VECTOR_ELEMENTS : SCALAR_ELEMENTS;
    }

    /** Runs {@code body} over [0, elements), on several threads if there are many. */
    public static void elements(Workers workers, long elements, DataType type, Range body) {
        ranges(workers, elements, PIECE, elements > elements(type), body);
    }

    /** Runs {@code body} over [0, rows) of {@code rowElements} each, on several threads if there are many. */
    public static void rows(Workers workers, long rows, long rowElements, DataType type, Range body) {
        long piece = Math.clamp(PIECE / Math.max(rowElements, 1), 1, PIECE);
        ranges(workers, rows, piece, rows * rowElements > elements(type), body);
    }

    private static void ranges(Workers workers, long count, long piece, boolean many, Range body) {
        long pieces = Math.ceilDiv(count, piece);
        int tasks = many ? (int) Math.min(pieces, 4L * workers.count()) : 1;
        if (tasks <= 1 || workers.count() == 1) {
            pieces(0, pieces, count, piece, body);
        } else {
            workers.run(tasks, task -> pieces(pieces * task / tasks, pieces * (task + 1) / tasks, count, piece, body));
        }
    }

    private static void pieces(long from, long to, long count, long piece, Range body) {
        for (long i = from; i < to; i++) {
            body.run(i * piece, (int) Math.min(piece, count - i * piece));
        }
    }
}
