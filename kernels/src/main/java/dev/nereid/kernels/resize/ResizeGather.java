package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Gathers words of image rows by a {@link LaneTable}, as nearest-neighbour resize does: all rows of a column of vectors,
 * then the next, so that the lane indices stay in a register. A column is a method with a loop of its own: what is hoisted
 * out of nested loops, the compiler may keep in boxes. Places are addresses, which are not checked; nothing beyond a line is
 * read.
 */
final class ResizeGather {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = LaneTable.LANES;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private ResizeGather() {}

    /**
     * Gathers rows.
     *
     * @param table of one or two loads
     * @param sources the row of the image that each row is
     * @param paired whether rows from the first on are the same two by two
     * @param first the first row, which goes to {@code to}
     * @param behind where rows end
     */
    static void gather(
            LaneTable table,
            int[] sources,
            boolean paired,
            int first,
            int behind,
            long from,
            long lineBytes,
            long to,
            long resultBytes) {
        boolean whole = table.fits(lineBytes / 4);
        for (int vector = 0; vector < table.vectors(); vector++) {
            long lanes = table.lanes() + (long) vector * LaneTable.VECTOR_BYTES;
            long start = from + ALL.get(INT, table.starts() + 4L * vector);
            long target = to + 4L * table.first(vector);
            if (table.loads() == 2) {
                two(lanes, sources, first, behind, start, lineBytes, target, resultBytes);
            } else if (whole && paired) {
                pairs(lanes, sources, first, behind, start, lineBytes, target, resultBytes);
            } else if (whole) {
                one(lanes, sources, first, behind, start, lineBytes, target, resultBytes);
            } else {
                part(lanes, sources, first, behind, start, lineBytes, target, resultBytes);
            }
        }
    }

    /** A column from one load each, of lines no shorter than a vector. */
    private static void one(
            long table,
            int[] sources,
            int first,
            int behind,
            long start,
            long lineBytes,
            long target,
            long resultBytes) {
        IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table, ORDER);
        for (int row = first; row < behind; row++) {
            lanes.selectFrom(IntVector.fromMemorySegment(SPECIES, ALL, start + sources[row] * lineBytes, ORDER))
                    .intoMemorySegment(ALL, target + (row - first) * resultBytes, ORDER);
        }
    }

    /** A column from one load for two rows each, of lines no shorter than a vector. */
    private static void pairs(
            long table,
            int[] sources,
            int first,
            int behind,
            long start,
            long lineBytes,
            long target,
            long resultBytes) {
        IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table, ORDER);
        for (int row = first; row < behind; row += 2) {
            IntVector words = lanes.selectFrom(
                    IntVector.fromMemorySegment(SPECIES, ALL, start + sources[row] * lineBytes, ORDER));
            long to = target + (row - first) * resultBytes;
            words.intoMemorySegment(ALL, to, ORDER);
            words.intoMemorySegment(ALL, to + resultBytes, ORDER);
        }
    }

    /** A column from one load each, of shorter lines. */
    private static void part(
            long table,
            int[] sources,
            int first,
            int behind,
            long start,
            long lineBytes,
            long target,
            long resultBytes) {
        VectorMask<Integer> mask = SPECIES.indexInRange(0, lineBytes / 4);
        IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table, ORDER);
        for (int row = first; row < behind; row++) {
            lanes.selectFrom(IntVector.fromMemorySegment(SPECIES, ALL, start + sources[row] * lineBytes, ORDER, mask))
                    .intoMemorySegment(ALL, target + (row - first) * resultBytes, ORDER);
        }
    }

    /** A column from two loads each. */
    private static void two(
            long table,
            int[] sources,
            int first,
            int behind,
            long start,
            long lineBytes,
            long target,
            long resultBytes) {
        VectorMask<Integer> mask = SPECIES.indexInRange(0, lineBytes / 4);
        VectorMask<Integer> further = SPECIES.indexInRange(LANES, lineBytes / 4);
        IntVector lanes = IntVector.fromMemorySegment(SPECIES, ALL, table, ORDER);
        for (int row = first; row < behind; row++) {
            long line = start + sources[row] * lineBytes;
            lanes.selectFrom(
                            IntVector.fromMemorySegment(SPECIES, ALL, line, ORDER, mask),
                            IntVector.fromMemorySegment(SPECIES, ALL, line + LaneTable.VECTOR_BYTES, ORDER, further))
                    .intoMemorySegment(ALL, target + (row - first) * resultBytes, ORDER);
        }
    }
}
