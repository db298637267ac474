package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.RequestBudget;
import java.util.Arrays;

/**
 * Numbers of a document that were read while it was checked: runs of them that follow each other in an array, with nothing
 * but commas and spaces in between. A run is of integers or of doubles; one integer does not make a run of doubles one of
 * integers. Filled in the order of the document by {@link NumberRunReader}, then only read.
 */
final class NumberRuns {
    /** Those of a document whose numbers nobody read. */
    static final NumberRuns NONE = new NumberRuns(RequestBudget.unlimited().open());

    private static final int MOST_IN_CHUNK = 8 << 10;
    private static final int FEWEST_IN_CHUNK = 64;
    /** About what a number takes in a document. */
    private static final int USUAL_BYTES = 10;
    /** What the notes on a run take in all arrays. */
    private static final long RUN_BYTES = 26;
    /** No document fills more memory than this: the rest of its numbers is left in the text. */
    private static final long MOST_VALUES = 4 << 20;

    private final RequestBudget.Share share;
    private int[] starts = new int[0];
    private int[] ends = starts;
    private int[] offsets = starts;
    private int[] counts = starts;
    private boolean[] integers = new boolean[0];
    private boolean[] inOneArray = integers;
    private long[][] chunks = new long[0][];
    private int runs;

    private long[] chunk = new long[0];
    private int used;
    private long allocated;

    /** @param share what the request holds of the heap */
    NumberRuns(RequestBudget.Share share) {
        this.share = share;
    }

    /**
     * Makes room for a further run.
     *
     * @param bytes what is left of the document
     * @return whether there is room for one number at least
     */
    boolean reserve(int bytes) {
        if (used == chunk.length) {
            if (allocated >= MOST_VALUES) {
                return false;
            }
            int numbers = Math.clamp(bytes / USUAL_BYTES, FEWEST_IN_CHUNK, MOST_IN_CHUNK);
            share.take((long) numbers * Long.BYTES);
            chunk = new long[numbers];
            allocated += chunk.length;
            used = 0;
        }
        return true;
    }

    /** Where the values of the next run go, from {@link #used} on. */
    long[] chunk() {
        return chunk;
    }

    /** How much of the chunk is taken. */
    int used() {
        return used;
    }

    /** Notes a run whose values were put into the chunk. */
    void add(int start, int end, int count, boolean areIntegers, boolean areInOneArray) {
        if (runs == starts.length) {
            int more = 2 * runs + 4;
            share.take(RUN_BYTES * more);
            starts = Arrays.copyOf(starts, more);
            ends = Arrays.copyOf(ends, more);
            offsets = Arrays.copyOf(offsets, more);
            counts = Arrays.copyOf(counts, more);
            integers = Arrays.copyOf(integers, more);
            inOneArray = Arrays.copyOf(inOneArray, more);
            chunks = Arrays.copyOf(chunks, more);
        }
        starts[runs] = start;
        ends[runs] = end;
        offsets[runs] = used;
        counts[runs] = count;
        integers[runs] = areIntegers;
        inOneArray[runs] = areInOneArray;
        chunks[runs] = chunk;
        runs++;
        used += count;
    }

    /** The first run that begins at or behind an offset of the document. */
    int firstFrom(int position) {
        int index = Arrays.binarySearch(starts, 0, runs, position);
        return index < 0 ? -index - 1 : index;
    }

    /** Where a run begins in the document; behind it if there is no such run. */
    int start(int run) {
        return run < runs ? starts[run] : Integer.MAX_VALUE;
    }

    /** The offset behind the last byte of a run's last number. */
    int end(int run) {
        return ends[run];
    }

    int count(int run) {
        return counts[run];
    }

    /** Whether every number of a run is an integer that fits a long, and none is {@code -0}. */
    boolean areIntegers(int run) {
        return integers[run];
    }

    /** Whether a run ends in the array that it began in; else it goes on in the next ones. */
    boolean isInOneArray(int run) {
        return inOneArray[run];
    }

    /** A number of a run as a double, the nearest one where it is an integer of more bits. */
    double real(int run, int index) {
        long value = chunks[run][offsets[run] + index];
        return integers[run] ? value : Double.longBitsToDouble(value);
    }

    /** The array that holds a run's values from {@link #offset} on: integers, or the bits of doubles. */
    long[] values(int run) {
        return chunks[run];
    }

    int offset(int run) {
        return offsets[run];
    }
}
