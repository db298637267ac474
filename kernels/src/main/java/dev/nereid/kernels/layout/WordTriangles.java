package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of 4-byte words of which one end is kept and the other becomes zeros, by vectors: of what is zeros nothing is read but
 * in the vector where the two meet. The last vector overlaps the one before. Addresses are not checked.
 */
final class WordTriangles {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();
    private static final IntVector PLACES = IntVector.zero(SPECIES).addIndex(1);
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private WordTriangles() {}

    /** Keeps the words from {@code first} on of at least {@link #LANES}. */
    static void keepLast(int first, int words, long x, long y) {
        int zeros = SPECIES.loopBound(first);
        clear(0, zeros, zeros, y);
        for (int i = zeros; i < words; i += LANES) {
            int at = Math.min(i, words - LANES);
            VectorMask<Integer> kept = PLACES.compare(VectorOperators.GE, first - at);
            IntVector.zero(SPECIES)
                    .blend(IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * at, ORDER), kept)
                    .intoMemorySegment(ALL, y + 4L * at, ORDER);
        }
    }

    /** Keeps the first {@code count} words of at least {@link #LANES}. */
    static void keepFirst(int count, int words, long x, long y) {
        // Zeros come first: their last vector may go over words that are kept.
        int end = SPECIES.loopBound(count + LANES - 1);
        clear(end, words, words, y);
        for (int i = 0; i < Math.min(end, words); i += LANES) {
            int at = Math.min(i, words - LANES);
            VectorMask<Integer> kept = PLACES.compare(VectorOperators.LT, count - at);
            IntVector.zero(SPECIES)
                    .blend(IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * at, ORDER), kept)
                    .intoMemorySegment(ALL, y + 4L * at, ORDER);
        }
    }

    /** Zeros from a word to another; vectors that would go beyond {@code words} go over words before {@code from}. */
    private static void clear(int from, int to, int words, long y) {
        for (int i = from; i < to; i += LANES) {
            IntVector.zero(SPECIES).intoMemorySegment(ALL, y + 4L * Math.min(i, words - LANES), ORDER);
        }
    }
}
