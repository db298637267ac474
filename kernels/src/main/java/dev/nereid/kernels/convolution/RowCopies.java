package dev.nereid.kernels.convolution;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies rows of floats and writes zeros, for rows of a few pixels, where a call of the JDK costs more than the copy.
 * Operands are addresses and do not overlap.
 */
final class RowCopies {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private RowCopies() {}

    /** Copies to [to, end). */
    static void copy(long from, long to, long end) {
        int count = (int) ((end - to) / Float.BYTES);
        int j = 0;
        for (; j <= count - LANES; j += LANES) {
            FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * j, ORDER)
                    .intoMemorySegment(ALL, to + 4L * j, ORDER);
        }
        if (j < count) {
            copyRest(from + 4L * j, to + 4L * j, count - j);
        }
    }

    private static void copyRest(long from, long to, int count) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, count);
        FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER, mask).intoMemorySegment(ALL, to, ORDER, mask);
    }

    /** Writes zeros to [from, end). */
    static void zero(long from, long end) {
        FloatVector zero = FloatVector.zero(SPECIES);
        int count = (int) ((end - from) / Float.BYTES);
        int j = 0;
        for (; j <= count - LANES; j += LANES) {
            zero.intoMemorySegment(ALL, from + 4L * j, ORDER);
        }
        if (j < count) {
            zero.intoMemorySegment(ALL, from + 4L * j, ORDER, SPECIES.indexInRange(0, count - j));
        }
    }
}
