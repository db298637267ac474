package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link ChannelsFirstAveragePool} for three rows or columns, unrolled, for lines no shorter than a vector: all
 * rows of a column of vectors, then the next; the last vector overlaps the one before.
 */
final class AveragePoolThreeTaps {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Numbers that a line has at least. */
    static final int LANES = SPECIES.length();

    private AveragePoolThreeTaps() {}

    /**
     * Writes lines of sums of three rows.
     *
     * @param source address of the first row
     * @param stepBytes from the first row of a line to that of the next
     * @param tapBytes from one of the three rows to the next
     * @param line address of the first line
     */
    static void down(long source, long stepBytes, long tapBytes, int width, int rows, long line, long lineBytes) {
        for (int j = 0; j < width; j += LANES) {
            long place = 4L * Math.min(j, width - LANES);
            long from = source + place;
            long to = line + place;
            for (int row = 0; row < rows; row++) {
                FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER)
                        .add(FloatVector.fromMemorySegment(SPECIES, ALL, from + tapBytes, ORDER))
                        .add(FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * tapBytes, ORDER))
                        .intoMemorySegment(ALL, to, ORDER);
                from += stepBytes;
                to += lineBytes;
            }
        }
    }

    /** As {@link ChannelsFirstAveragePool#across}, of three taps. */
    static void across(
            long lines, long lineBytes, int[] taps, int[] counted, int from, int to, long counts, long y, int cells) {
        int a = taps[0];
        int b = taps[1];
        int c = taps[2];
        for (int j = 0; j < cells; j += LANES) {
            int place = Math.min(j, cells - LANES);
            long line = lines + 4L * place;
            long target = y + 4L * (from * (long) cells + place);
            FloatVector columns = FloatVector.fromMemorySegment(SPECIES, ALL, counts + 4L * place, ORDER);
            for (int row = from; row < to; row++) {
                FloatVector.fromMemorySegment(SPECIES, ALL, line + a, ORDER)
                        .add(FloatVector.fromMemorySegment(SPECIES, ALL, line + b, ORDER))
                        .add(FloatVector.fromMemorySegment(SPECIES, ALL, line + c, ORDER))
                        .div(columns.mul(counted[row]))
                        .intoMemorySegment(ALL, target, ORDER);
                line += lineBytes;
                target += 4L * cells;
            }
        }
    }
}
