package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Interleaves three rows of 4-byte words into one, as when three channel planes become the last axis. A vector of each row
 * makes three of the result: two are put together, then the third.
 */
final class InterleaveThreeRows {
    static final int ROWS = 3;

    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private static final IntVector FIRST_PAIR = pair(0);
    private static final IntVector SECOND_PAIR = pair(1);
    private static final IntVector THIRD_PAIR = pair(2);
    private static final IntVector FIRST_THIRD = third(0);
    private static final IntVector SECOND_THIRD = third(1);
    private static final IntVector THIRD_THIRD = third(2);

    private InterleaveThreeRows() {}

    /** Which lanes of the first two rows, one behind the other, go into vector {@code number}; any where the third's go. */
    private static IntVector pair(int number) {
        int[] lanes = new int[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            int at = number * LANES + lane;
            lanes[lane] = at % ROWS == 2 ? 0 : at % ROWS * LANES + at / ROWS;
        }
        return IntVector.fromArray(SPECIES, lanes, 0);
    }

    /** Which lanes of what {@link #pair} made and of the third row, one behind the other, vector {@code number} has. */
    private static IntVector third(int number) {
        int[] lanes = new int[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            int at = number * LANES + lane;
            lanes[lane] = at % ROWS == 2 ? LANES + at / ROWS : lane;
        }
        return IntVector.fromArray(SPECIES, lanes, 0);
    }

    /**
     * Interleaves three rows.
     *
     * @param columns words of a row; at least a vector of them
     * @param x address of the first row; the others {@code xStride} bytes apart
     * @param y address of 3 * columns words
     */
    static void interleave(long columns, long x, long xStride, long y) {
        for (long done = 0; done < columns; done += LANES) {
            // The last vectors go over words of those before again.
            long column = Math.min(done, columns - LANES);
            long from = x + 4 * column;
            IntVector a = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector b = IntVector.fromMemorySegment(SPECIES, ALL, from + xStride, ORDER);
            IntVector c = IntVector.fromMemorySegment(SPECIES, ALL, from + 2 * xStride, ORDER);
            interleave(a, b, c, y + 4 * ROWS * column);
        }
    }

    /** Three vectors, which go to address y on. */
    static void interleave(IntVector a, IntVector b, IntVector c, long y) {
        FIRST_THIRD.selectFrom(FIRST_PAIR.selectFrom(a, b), c).intoMemorySegment(ALL, y, ORDER);
        SECOND_THIRD.selectFrom(SECOND_PAIR.selectFrom(a, b), c).intoMemorySegment(ALL, y + 4L * LANES, ORDER);
        THIRD_THIRD.selectFrom(THIRD_PAIR.selectFrom(a, b), c).intoMemorySegment(ALL, y + 8L * LANES, ORDER);
    }
}
