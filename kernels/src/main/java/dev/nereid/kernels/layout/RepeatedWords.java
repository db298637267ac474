package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of 4-byte words made of pieces of other rows, a piece of some rows at a time: words that lie next to each other, or a
 * vector whose words lie in one of the other row, in any order and several times. Rows begin at addresses, which are not
 * checked; strides are bytes, and where a row comes from is told in words. Nothing overlaps.
 */
public final class RepeatedWords {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Words of a vector. */
    public static final int LANES = SPECIES.length();

    private RepeatedWords() {}

    /**
     * Copies so many words of each row: {@code y[row] = x[starts[first + row]]}.
     *
     * @param words at least {@link #LANES}; the last vector goes over words of the one before again
     */
    public static void copy(int rows, int words, long x, long[] starts, int first, long y, long yStride) {
        for (int row = 0; row < rows; row++) {
            WordRows.copyLong(words, x + (long) Integer.BYTES * starts[first + row], y + row * yStride);
        }
    }

    /**
     * Writes a vector of each row: {@code y[row][lane] = x[starts[first + row]][lanes[from + lane]]}.
     *
     * @param lanes each below {@link #LANES}
     */
    public static void select(int rows, int[] lanes, int from, long x, long[] starts, int first, long y, long yStride) {
        IntVector which = IntVector.fromArray(SPECIES, lanes, from);
        for (int row = 0; row < rows; row++) {
            long at = x + (long) Integer.BYTES * starts[first + row];
            which.selectFrom(IntVector.fromMemorySegment(SPECIES, ALL, at, ORDER))
                    .intoMemorySegment(ALL, y + row * yStride, ORDER);
        }
    }
}
