package dev.nereid.kernels.conv;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Words of the rows of an image by the lanes of a {@link LaneTable}: all rows of a column of vectors, then the next, so that
 * lanes stay in a register. Places are addresses, which are not checked; nothing beyond a line is read.
 */
final class PickedLanes {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = LaneTable.LANES;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private PickedLanes() {}

    /** From one load each, of lines of any length: the rows from {@code first} up to {@code behind}, to {@code to} and on. */
    static void oneLoad(
            LaneTable table,
            ResampledAxis rows,
            int first,
            int behind,
            long from,
            long lineBytes,
            long to,
            long resultBytes) {
        VectorMask<Integer> mask = SPECIES.indexInRange(0, lineBytes / 4);
        for (int vector = 0; vector < table.vectors(); vector++) {
            IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table.lanes() + 4L * vector * LANES, ORDER);
            long start = from + ALL.get(INT, table.starts() + 4L * vector);
            long target = to + 4L * table.first(vector);
            for (int row = first; row < behind; row++) {
                long line = start + rows.source(row) * lineBytes;
                lanes.selectFrom(IntVector.fromMemorySegment(SPECIES, ALL, line, ORDER, mask))
                        .intoMemorySegment(ALL, target + (row - first) * resultBytes, ORDER);
            }
        }
    }

    /**
     * From one load each, of lines no shorter than a vector; what several rows have in common is picked once.
     *
     * @param sources the row of the image that each row is
     */
    static void wholeLoad(
            LaneTable table,
            int[] sources,
            int first,
            int behind,
            long from,
            long lineBytes,
            long to,
            long resultBytes) {
        for (int vector = 0; vector < table.vectors(); vector++) {
            IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table.lanes() + 4L * vector * LANES, ORDER);
            long start = from + ALL.get(INT, table.starts() + 4L * vector);
            long target = to + 4L * table.first(vector);
            int row = first;
            while (row < behind) {
                int source = sources[row];
                IntVector words =
                        lanes.selectFrom(IntVector.fromMemorySegment(SPECIES, ALL, start + source * lineBytes, ORDER));
                words.intoMemorySegment(ALL, target, ORDER);
                target += resultBytes;
                row++;
                for (; row < behind && sources[row] == source; row++) {
                    words.intoMemorySegment(ALL, target, ORDER);
                    target += resultBytes;
                }
            }
        }
    }

    /** From two loads each. */
    static void twoLoads(
            LaneTable table,
            ResampledAxis rows,
            int first,
            int behind,
            long from,
            long lineBytes,
            long to,
            long resultBytes) {
        VectorMask<Integer> mask = SPECIES.indexInRange(0, lineBytes / 4);
        VectorMask<Integer> further = SPECIES.indexInRange(LANES, lineBytes / 4);
        for (int vector = 0; vector < table.vectors(); vector++) {
            IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table.lanes() + 4L * vector * LANES, ORDER);
            long start = from + ALL.get(INT, table.starts() + 4L * vector);
            long target = to + 4L * table.first(vector);
            for (int row = first; row < behind; row++) {
                long line = start + rows.source(row) * lineBytes;
                lanes.selectFrom(
                                IntVector.fromMemorySegment(SPECIES, ALL, line, ORDER, mask),
                                IntVector.fromMemorySegment(
                                        SPECIES, ALL, line + LaneTable.VECTOR_BYTES, ORDER, further))
                        .intoMemorySegment(ALL, target + (row - first) * resultBytes, ORDER);
            }
        }
    }
}
