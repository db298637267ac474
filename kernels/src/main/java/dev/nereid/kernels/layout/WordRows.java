package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;
import static dev.nereid.memory.AddressSpace.BITS;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies rows of 4-byte words by vectors: a call for each row would cost more than a short row itself. The last vector of
 * a row goes over words of the one before again, for masks are dear, and rows shorter than a vector are two halves of one, or
 * words two by two. Rows begin at addresses, which are not checked; strides are bytes. Nothing overlaps.
 */
final class WordRows {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final VectorSpecies<Integer> HALF =
            VectorSpecies.of(int.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));
    private static final int HALF_LANES = HALF.length();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Every second lane of a vector, and then of another that begins with the last lane of the first. */
    private static final IntVector SECOND = everySecond();

    private WordRows() {}

    private static IntVector everySecond() {
        int[] lanes = new int[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = 2 * lane < LANES ? 2 * lane : 2 * lane + 1;
        }
        return IntVector.fromArray(SPECIES, lanes, 0);
    }

    /** Copies rows of so many words that lie next to each other on both sides. */
    static void copy(long rows, int words, long x, long xStride, long y, long yStride) {
        if (words < LANES) {
            copyShort(rows, words, x, xStride, y, yStride);
            return;
        }
        for (long row = 0; row < rows; row++) {
            copyLong(words, x + row * xStride, y + row * yStride);
        }
    }

    /** Copies a row of as many words as a vector's, or more. */
    static void copyLong(int words, long x, long y) {
        int last = words - LANES;
        for (int done = 0; done < last; done += LANES) {
            copyVector(x + 4L * done, y + 4L * done);
        }
        copyVector(x + 4L * last, y + 4L * last);
    }

    /**
     * Cut at once, addresses have nothing left to be checked, wherever this is inlined: behind a check that stayed, vectors lay in
     * boxes.
     */
    private static void copyVector(long x, long y) {
        IntVector.fromMemorySegment(SPECIES, ALL, x & BITS, ORDER).intoMemorySegment(ALL, y & BITS, ORDER);
    }

    private static void copyShort(long rows, int words, long x, long xStride, long y, long yStride) {
        if (words >= HALF_LANES) {
            copyHalves(rows, words, x, xStride, y, yStride);
            return;
        }
        for (long row = 0; row < rows; row++) {
            copyFew(words, x + row * xStride, y + row * yStride);
        }
    }

    private static void copyHalves(long rows, int words, long x, long xStride, long y, long yStride) {
        long last = 4L * (words - HALF_LANES);
        for (long row = 0; row < rows; row++) {
            copyHalves(last, x + row * xStride, y + row * yStride);
        }
    }

    /** Copies a row of fewer words than a vector's. */
    static void copyShort(int words, long x, long y) {
        if (words >= HALF_LANES) {
            copyHalves(4L * (words - HALF_LANES), x, y);
        } else {
            copyFew(words, x, y);
        }
    }

    /** @param last bytes from the first half to the other, which may overlap */
    private static void copyHalves(long last, long x, long y) {
        IntVector first = IntVector.fromMemorySegment(HALF, ALL, x & BITS, ORDER);
        IntVector second = IntVector.fromMemorySegment(HALF, ALL, (x + last) & BITS, ORDER);
        first.intoMemorySegment(ALL, y & BITS, ORDER);
        second.intoMemorySegment(ALL, (y + last) & BITS, ORDER);
    }

    private static void copyFew(int words, long x, long y) {
        if (words == 1) {
            ALL.set(INT, y, ALL.get(INT, x));
        }
        for (int done = 0; done < words - 1; done += 2) {
            ALL.set(LONG, y + 4L * done, ALL.get(LONG, x + 4L * done));
        }
        if (words % 2 == 1 && words > 1) {
            long last = 4L * (words - 2);
            ALL.set(LONG, y + last, ALL.get(LONG, x + last));
        }
    }

    /** Copies every second word of x's rows, so many of each, to rows of y where they lie next to each other. */
    static void copyEverySecond(long rows, int words, long x, long xStride, long y, long yStride) {
        if (words < LANES) {
            copyEverySecondShort(rows, words, x, xStride, y, yStride);
            return;
        }
        for (long row = 0; row < rows; row++) {
            long from = x + row * xStride;
            long to = y + row * yStride;
            for (int done = 0; done < words; done += LANES) {
                long at = 4L * Math.min(done, words - LANES);
                // Behind the last word that is copied nothing may be read: hence a word in common.
                long second = from + 2 * at + 4L * (LANES - 1);
                SECOND.selectFrom(
                                IntVector.fromMemorySegment(SPECIES, ALL, (from + 2 * at) & BITS, ORDER),
                                IntVector.fromMemorySegment(SPECIES, ALL, second & BITS, ORDER))
                        .intoMemorySegment(ALL, (to + at) & BITS, ORDER);
            }
        }
    }

    private static void copyEverySecondShort(long rows, int words, long x, long xStride, long y, long yStride) {
        int read = 2 * words - 1;
        VectorMask<Integer> low = SPECIES.indexInRange(0, read);
        VectorMask<Integer> high = SPECIES.indexInRange(LANES - 1, read);
        VectorMask<Integer> mask = SPECIES.indexInRange(0, words);
        for (long row = 0; row < rows; row++) {
            long from = x + row * xStride;
            SECOND.selectFrom(
                            IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER, low),
                            IntVector.fromMemorySegment(SPECIES, ALL, from + 4L * (LANES - 1), ORDER, high))
                    .intoMemorySegment(ALL, y + row * yStride, ORDER, mask);
        }
    }
}
