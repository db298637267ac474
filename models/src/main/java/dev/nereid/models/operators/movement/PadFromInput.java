package dev.nereid.models.operators.movement;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.layout.RepeatedWords;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeSegments;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Pad with elements of the input (reflect, edge, wrap). The axes behind the last padded one are a block, that one's blocks a
 * row; a row is made of runs of neighbours in x, and each row of y is the same runs of one row of x. Which place repeats
 * which is worked out once for each axis. A call for each run would cost more than short ones: of these each element is
 * picked for some rows.
 *
 * @param places for each axis outside the rows, where each place of y begins in x, in elements
 * @param runs the runs of a row: for each where it begins in the row of x, or {@link #PICKED}, and where it ends in the
 *     row of y, in elements
 * @param sources for each element of a row of y which of x's row it is, if any are picked
 * @param vectors for each run how its words are picked by vectors, if they are
 * @param rowElements elements of a row of y
 */
@SuppressWarnings("ArrayRecordComponent")
record PadFromInput(
        long[][] places, long[] runs, long[] sources, List<Optional<WordVectorGather>> vectors, long rowElements) {
    /** In place of where a run begins: each of its elements has a source. */
    private static final long PICKED = -1;

    /** Elements of a run that is worth a call. */
    private static final int LONG_RUN = 16;

    /** Longer rows of words are worth a call each. */
    private static final int CALL_WORDS = 512;

    /** Rows at a time: they are still in the caches when their picked elements come. */
    private static final int MOST_ROWS = 16;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /**
     * The rows of y.
     *
     * @param x with elements, where y has any
     * @param before places added in front of each axis; negative where some are taken away
     */
    static PadFromInput of(PadMode mode, Shape x, Shape y, long... before) {
        int axis = x.rank() - 1;
        while (axis > 0 && before[axis] == 0 && x.dim(axis) == y.dim(axis)) {
            axis--;
        }
        if (axis < 0) {
            return new PadFromInput(new long[0][], new long[] {PICKED, 1}, new long[1], List.of(Optional.empty()), 1);
        }
        long[] strides = x.strides();
        long[][] places = new long[axis][];
        for (int outer = 0; outer < axis; outer++) {
            places[outer] = sources(mode, x.dim(outer), y.dim(outer), before[outer], strides[outer]);
        }
        long block = strides[axis];
        long[] row = sources(mode, x.dim(axis), y.dim(axis), before[axis], block);
        // Of longer blocks none is picked.
        long unit = block < LONG_RUN ? 1 : block;
        long[] sources = block == unit ? row : elements(row, (int) block);
        long[] runs = runs(sources, unit);
        return new PadFromInput(places, runs, sources, vectors(runs, sources, block * x.dim(axis)), block * row.length);
    }

    private static List<Optional<WordVectorGather>> vectors(long[] runs, long[] sources, long xElements) {
        List<Optional<WordVectorGather>> vectors = new ArrayList<>();
        int done = 0;
        for (int run = 0; run < runs.length; run += 2) {
            int end = (int) runs[run + 1];
            vectors.add(runs[run] == PICKED ? WordVectorGather.of(sources, done, end, xElements) : Optional.empty());
            done = end;
        }
        return vectors;
    }

    private static long[] sources(PadMode mode, long extent, long places, long before, long stride) {
        long[] sources = new long[Math.toIntExact(places)];
        for (int place = 0; place < sources.length; place++) {
            sources[place] = mode.source(place - before, extent) * stride;
        }
        return sources;
    }

    /** The sources of the elements of blocks. */
    private static long[] elements(long[] blocks, int block) {
        long[] sources = new long[Math.multiplyExact(blocks.length, block)];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = blocks[i / block] + i % block;
        }
        return sources;
    }

    /** @param unit elements that a source stands for */
    private static long[] runs(long[] sources, long unit) {
        long[] runs = new long[2 * sources.length];
        int count = 0;
        for (int from = 0; from < sources.length; ) {
            int to = from + 1;
            while (to < sources.length && sources[to] == sources[to - 1] + unit) {
                to++;
            }
            long begin = (to - from) * unit < LONG_RUN ? PICKED : sources[from];
            if (begin != PICKED || count == 0 || runs[count - 2] != PICKED) {
                runs[count] = begin;
                count += 2;
            }
            runs[count - 1] = to * unit;
            from = to;
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
        int bytes = y.dataType().bytes();
        long from = address(x);
        long to = address(y);
        int[] position = position(first);
        int last = places.length - 1;
        for (long row = first; row < first + count; ) {
            // Rows along the last axis outside follow each other.
            int place = last < 0 ? 0 : position[last];
            int rest = last < 0 ? 1 : places[last].length - place;
            int some = (int) Math.min(Math.min(rest, MOST_ROWS), first + count - row);
            long[] starts = last < 0 ? new long[1] : places[last];
            long source = from + (next(position, some) - starts[place]) * bytes;
            copyRows(bytes, starts, place, some, source, to + row * rowElements * bytes);
            row += some;
        }
    }

    /** @param starts where each row begins in x from {@code source} on, from {@code place} on */
    private void copyRows(int bytes, long[] starts, int place, int rows, long source, long target) {
        long rowBytes = rowElements * bytes;
        long done = 0;
        for (int run = 0; run < runs.length; run += 2) {
            long end = runs[run + 1];
            Optional<WordVectorGather> picked = bytes == Integer.BYTES ? vectors.get(run / 2) : Optional.empty();
            if (picked.isPresent()) {
                picked.get().write(rows, source, starts, place, target, rowBytes);
            } else if (runs[run] == PICKED) {
                for (int i = (int) done; i < end; i++) {
                    long from = source + sources[i] * bytes;
                    pick(bytes, starts, place, rows, from, target + (long) bytes * i, rowBytes);
                }
            } else {
                long from = source + runs[run] * bytes;
                copyRun(bytes, starts, place, rows, end - done, from, target + done * bytes);
            }
            done = end;
        }
    }

    private void copyRun(int bytes, long[] starts, int place, int rows, long length, long from, long to) {
        long rowBytes = rowElements * bytes;
        if (bytes == Integer.BYTES && length <= CALL_WORDS) {
            RepeatedWords.copy(rows, (int) length, from, starts, place, to, rowBytes);
            return;
        }
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(ALL, from + starts[place + row] * bytes, ALL, to + row * rowBytes, length * bytes);
        }
    }

    /** Where a tensor is, all of whose elements are there. */
    private static long address(Tensor tensor) {
        MemorySegment segment = NativeSegments.exact(tensor.segment());
        Objects.checkFromIndexSize(0, tensor.byteSize(), segment.byteSize());
        return segment.address();
    }

    /** Picks an element of each row: a loop over the few of one row would be over before it is worth its beginning. */
    private static void pick(int bytes, long[] starts, int place, int rows, long x, long y, long rowBytes) {
        switch (bytes) {
            case Byte.BYTES -> {
                for (int row = 0; row < rows; row++) {
                    byte element = ALL.get(ValueLayout.JAVA_BYTE, x + starts[place + row]);
                    ALL.set(ValueLayout.JAVA_BYTE, y + row * rowBytes, element);
                }
            }
            case Integer.BYTES -> {
                for (int row = 0; row < rows; row++) {
                    ALL.set(INT, y + row * rowBytes, ALL.get(INT, x + 4 * starts[place + row]));
                }
            }
            case Long.BYTES -> {
                for (int row = 0; row < rows; row++) {
                    ALL.set(LONG, y + row * rowBytes, ALL.get(LONG, x + 8 * starts[place + row]));
                }
            }
            default -> {
                for (int row = 0; row < rows; row++) {
                    MemorySegment.copy(ALL, x + bytes * starts[place + row], ALL, y + row * rowBytes, bytes);
                }
            }
        }
    }

    private void copyStrings(long first, long count, byte[][] x, byte[][] y) {
        int[] position = position(first);
        for (long row = first; row < first + count; row++) {
            int source = (int) next(position, 1);
            int target = (int) (row * rowElements);
            int done = 0;
            for (int run = 0; run < runs.length; run += 2) {
                int end = (int) runs[run + 1];
                if (runs[run] == PICKED) {
                    for (int i = done; i < end; i++) {
                        y[target + i] = x[source + (int) sources[i]];
                    }
                } else {
                    System.arraycopy(x, source + (int) runs[run], y, target + done, end - done);
                }
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

    /**
     * Where the row of x begins that the row at a position repeats; the position goes on by so many rows, at most to the
     * end of the last axis.
     */
    private long next(int[] position, int rows) {
        long source = 0;
        for (int axis = 0; axis < position.length; axis++) {
            source += places[axis][position[axis]];
        }
        int step = rows;
        for (int axis = position.length - 1; axis >= 0; axis--) {
            position[axis] += step;
            if (position[axis] < places[axis].length) {
                break;
            }
            position[axis] = 0;
            step = 1;
        }
        return source;
    }
}
