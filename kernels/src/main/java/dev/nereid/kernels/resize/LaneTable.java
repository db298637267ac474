package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;

/**
 * Which words of a line the lanes of each vector of a resampled line are, in memory at an address: for each vector and tap
 * the word of the line where a load begins, the lanes of what was loaded, and weights. The last vector ends with the line,
 * over numbers of the one before.
 *
 * @param vectors in a line of the output
 * @param length words in a line of the output
 * @param taps words that a word is made of
 * @param loads vectors that are loaded for the lanes of one: 1 or 2; 0 where they lie further apart or the line is shorter
 *     than a vector, and there is no table
 * @param starts address of INT32 [vectors, taps]: bytes from the beginning of the line
 * @param lanes address of INT32 [vectors, taps, LANES]
 * @param weights address of FP32 [vectors, taps, LANES]
 */
record LaneTable(int vectors, int length, int taps, int loads, long starts, long lanes, long weights) {
    static final int LANES = IntVector.SPECIES_PREFERRED.length();
    static final int VECTOR_BYTES = 4 * LANES;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int MOST_LOADS = 2;

    /** Bytes that the table of a line takes, a multiple of 64. */
    static long bytes(long length, int taps) {
        return Math.ceilDiv(length, LANES) * taps * (2L * Math.max(VECTOR_BYTES, 32) + 64);
    }

    /**
     * Whether a line of {@code words} may be loaded from as the table says; else it has to be copied to memory with
     * {@link #MOST_LOADS} vectors behind it.
     */
    boolean fits(long words) {
        return words >= (long) loads * LANES;
    }

    /** Bytes of a copied line, a multiple of 64. */
    static long lineBytes(long words) {
        return Math.ceilDiv(4 * words + (long) MOST_LOADS * VECTOR_BYTES, 64) * 64;
    }

    /**
     * Makes the table of an axis.
     *
     * @param unit words behind each place of the axis
     * @param memory address of {@link #bytes}, aligned to 64
     */
    static LaneTable of(ResampledAxis axis, int unit, long memory) {
        int length = axis.to() * unit;
        int line = axis.from() * unit;
        int taps = axis.width();
        int vectors = Math.ceilDiv(length, LANES);
        long lanes = memory;
        long weights = lanes + (long) vectors * taps * VECTOR_BYTES;
        long starts = weights + (long) vectors * taps * VECTOR_BYTES;
        int loads = length < LANES ? 0 : loads(axis, unit);
        LaneTable table = new LaneTable(vectors, length, taps, loads, starts, lanes, weights);
        for (int vector = 0; loads > 0 && vector < vectors; vector++) {
            for (int tap = 0; tap < taps; tap++) {
                int first = table.first(vector);
                int lowest = Integer.MAX_VALUE;
                for (int lane = 0; lane < LANES; lane++) {
                    lowest = Math.min(lowest, word(axis, unit, first + lane, tap));
                }
                int start = Math.max(0, Math.min(lowest, line - loads * LANES));
                long entry = (long) vector * taps + tap;
                ALL.set(INT, starts + 4 * entry, 4 * start);
                for (int lane = 0; lane < LANES; lane++) {
                    long at = entry * VECTOR_BYTES + 4L * lane;
                    ALL.set(INT, lanes + at, word(axis, unit, first + lane, tap) - start);
                    if (axis.weights().length > 0) {
                        ALL.set(FLOAT, weights + at, axis.weights()[(first + lane) / unit * taps + tap]);
                    }
                }
            }
        }
        return table;
    }

    /** The first word of a vector. */
    int first(int vector) {
        return Math.min(vector * LANES, length - LANES);
    }

    /** Vectors that hold all words of any vector of the output, for one tap; 0 where they are too many. */
    private static int loads(ResampledAxis axis, int unit) {
        int length = axis.to() * unit;
        int widest = 0;
        for (int begin = 0; begin < length; begin += LANES) {
            int first = Math.min(begin, length - LANES);
            for (int tap = 0; tap < axis.width(); tap++) {
                int lowest = Integer.MAX_VALUE;
                int highest = 0;
                for (int lane = 0; lane < LANES; lane++) {
                    int word = word(axis, unit, first + lane, tap);
                    lowest = Math.min(lowest, word);
                    highest = Math.max(highest, word);
                }
                widest = Math.max(widest, highest - lowest + 1);
            }
        }
        int loads = Math.ceilDiv(widest, LANES);
        return loads <= MOST_LOADS ? loads : 0;
    }

    private static int word(ResampledAxis axis, int unit, int word, int tap) {
        // Most often a place is one word.
        return unit == 1
                ? axis.indices()[word * axis.width() + tap]
                : axis.indices()[word / unit * axis.width() + tap] * unit + word % unit;
    }
}
