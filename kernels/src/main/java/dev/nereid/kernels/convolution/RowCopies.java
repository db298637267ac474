package dev.nereid.kernels.convolution;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies rows of floats and writes zeros, for rows of a few pixels, where a call of the JDK costs more than the copy.
 * Operands do not overlap.
 */
public final class RowCopies {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private RowCopies() {}

    /** Copies to [to, end). */
    public static void copy(long from, long to, long end) {
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
    public static void zero(long from, long end) {
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

    /** Writes one number to {@code length} elements. */
    public static void fill(MemorySegment target, long offset, int length, float number) {
        FloatVector numbers = FloatVector.broadcast(SPECIES, number);
        for (int j = 0; j < length; j += LANES) {
            numbers.intoMemorySegment(target, offset + 4L * j, ORDER, SPECIES.indexInRange(j, length));
        }
    }

    /** Copies {@code length} elements. */
    public static void copy(MemorySegment source, long from, MemorySegment target, long to, int length) {
        for (int j = 0; j < length; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, length);
            FloatVector.fromMemorySegment(SPECIES, source, from + 4L * j, ORDER, mask)
                    .intoMemorySegment(target, to + 4L * j, ORDER, mask);
        }
    }

    /** Copies {@code length} elements that lie {@code stride} apart. */
    public static void gather(MemorySegment source, long from, int stride, MemorySegment target, long to, int length) {
        for (int j = 0; j < length; j++) {
            target.set(FLOAT, to + 4L * j, source.get(FLOAT, from + 4L * stride * j));
        }
    }
}
