package dev.nereid.models.operators.movement;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor padded with elements of its own. The axes behind the last padded one are a block, that one's blocks a row; a row
 * is made of runs of neighbours in x, and each row of y is the same runs of one row of x. Which place repeats which is
 * worked out once for each axis.
 *
 * @param places for each axis outside the rows, where each place of y begins in x, in elements
 * @param runs the runs of a row: for each where it begins in the row of x, and where it ends in the row of y, in elements
 * @param rowElements elements of a row of y
 */
@SuppressWarnings("ArrayRecordComponent")
record RepeatedRows(long[][] places, long[] runs, long rowElements) {
    /**
     * The rows of y.
     *
     * @param x with elements, where y has any
     * @param before places added in front of each axis; negative where some are taken away
     */
    static RepeatedRows of(PadMode mode, Shape x, Shape y, long... before) {
        int axis = x.rank() - 1;
        while (axis > 0 && before[axis] == 0 && x.dim(axis) == y.dim(axis)) {
            axis--;
        }
        if (axis < 0) {
            return new RepeatedRows(new long[0][], new long[] {0, 1}, 1);
        }
        long[] strides = x.strides();
        long[][] places = new long[axis][];
        for (int outer = 0; outer < axis; outer++) {
            places[outer] = sources(mode, x.dim(outer), y.dim(outer), before[outer], strides[outer]);
        }
        long block = strides[axis];
        long[] row = sources(mode, x.dim(axis), y.dim(axis), before[axis], block);
        return new RepeatedRows(places, runs(row, block), block * row.length);
    }

    private static long[] sources(PadMode mode, long extent, long places, long before, long stride) {
        long[] sources = new long[Math.toIntExact(places)];
        for (int place = 0; place < sources.length; place++) {
            sources[place] = mode.source(place - before, extent) * stride;
        }
        return sources;
    }

    private static long[] runs(long[] sources, long block) {
        long[] runs = new long[2 * sources.length];
        int count = 0;
        for (int place = 0; place < sources.length; place++) {
            if (place > 0 && sources[place] == sources[place - 1] + block) {
                runs[count - 1] += block;
            } else {
                runs[count++] = sources[place];
                runs[count++] = (place + 1) * block;
            }
        }
        return Arrays.copyOf(runs, count);
    }

    /** Writes y, which has the elements that rows were made for. */
    void copy(Tensor x, Tensor y, Workers workers) {
        long rows = 1;
        for (long[] axis : places) {
            rows *= axis.length;
        }
        if (rows * rowElements == 0) {
            return;
        }
        if (y.dataType() == DataType.STRING) {
            copyStrings(0, rows, x.strings(), y.strings());
        } else {
            Parallel.rows(workers, rows, rowElements, y.dataType(), (from, count) -> copyRows(from, count, x, y));
        }
    }

    private void copyRows(long first, long count, Tensor x, Tensor y) {
        long bytes = y.dataType().bytes();
        MemorySegment from = x.segment();
        MemorySegment to = y.segment();
        int[] position = position(first);
        for (long row = first; row < first + count; row++) {
            long source = next(position);
            long target = row * rowElements;
            long done = 0;
            for (int run = 0; run < runs.length; run += 2) {
                long length = runs[run + 1] - done;
                MemorySegment.copy(from, (source + runs[run]) * bytes, to, (target + done) * bytes, length * bytes);
                done = runs[run + 1];
            }
        }
    }

    private void copyStrings(long first, long count, byte[][] x, byte[][] y) {
        int[] position = position(first);
        for (long row = first; row < first + count; row++) {
            int source = (int) next(position);
            int target = (int) (row * rowElements);
            int done = 0;
            for (int run = 0; run < runs.length; run += 2) {
                int end = (int) runs[run + 1];
                System.arraycopy(x, source + (int) runs[run], y, target + done, end - done);
                done = end;
            }
        }
    }

    /** The places of a row along the axes outside. */
    private int[] position(long row) {
        int[] position = new int[places.length];
        long rest = row;
        for (int axis = places.length - 1; axis >= 0; axis--) {
            position[axis] = (int) (rest % places[axis].length);
            rest /= places[axis].length;
        }
        return position;
    }

    /** Where the row of x begins that the row at a position repeats; the position goes on to the next row. */
    private long next(int[] position) {
        long source = 0;
        for (int axis = 0; axis < position.length; axis++) {
            source += places[axis][position[axis]];
        }
        for (int axis = position.length - 1; axis >= 0 && ++position[axis] == places[axis].length; axis--) {
            position[axis] = 0;
        }
        return source;
    }
}
