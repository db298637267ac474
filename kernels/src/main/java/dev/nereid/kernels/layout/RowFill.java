package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Fills each row with one element, by vectors. A row is whole words of 4 bytes, whatever the element; its last vector overlaps the one before, as in {@link WordRows}. Rows begin at addresses, which are not checked; strides are
 * bytes.
 */
final class RowFill {
    /** The longest element that a vector is filled with. */
    static final int MOST_BYTES = Long.BYTES;

    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final long BYTES = 0x0101_0101_0101_0101L;
    private static final long SHORTS = 0x0001_0001_0001_0001L;
    private static final long INTS = 0x0000_0001_0000_0001L;

    private RowFill() {}

    /**
     * Fills rows.
     *
     * @param words length of a row
     * @param xStride from a row's element to the next row's; 0 where all have the same
     */
    static void fill(int elementBytes, long rows, long words, long x, long xStride, long y, long yStride) {
        if (words < LANES) {
            fillShort(elementBytes, rows, (int) words, x, xStride, y, yStride);
            return;
        }
        long last = 4 * (words - LANES);
        for (long row = 0; row < rows; row++) {
            fillRow(eight(elementBytes, x + row * xStride), y + row * yStride, last);
        }
    }

    /** @param last bytes from the row's beginning to its last vector */
    private static void fillRow(long eight, long y, long last) {
        LongVector all = LongVector.broadcast(LONGS, eight);
        for (long at = 0; at < last; at += 4L * LANES) {
            all.intoMemorySegment(ALL, y + at, ORDER);
        }
        all.intoMemorySegment(ALL, y + last, ORDER);
    }

    /** Two words at a time: a masked store would take longer than all of them. */
    private static void fillShort(int elementBytes, long rows, int words, long x, long xStride, long y, long yStride) {
        int last = 4 * (words - 2);
        for (long row = 0; row < rows; row++) {
            long eight = eight(elementBytes, x + row * xStride);
            long to = y + row * yStride;
            if (words == 1) {
                ALL.set(ValueLayout.JAVA_INT_UNALIGNED, to, (int) eight);
                continue;
            }
            for (int at = 0; at < last; at += Long.BYTES) {
                ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, to + at, eight);
            }
            ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, to + last, eight);
        }
    }

    /** Eight bytes of nothing but the element. */
    private static long eight(int elementBytes, long x) {
        return switch (elementBytes) {
            case Byte.BYTES -> BYTES * Byte.toUnsignedLong(ALL.get(ValueLayout.JAVA_BYTE, x));
            case Short.BYTES -> SHORTS * Short.toUnsignedLong(ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, x));
            case Integer.BYTES -> INTS * Integer.toUnsignedLong(ALL.get(ValueLayout.JAVA_INT_UNALIGNED, x));
            default -> ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, x);
        };
    }
}
