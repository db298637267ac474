package dev.nereid.kernels.layout;

import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** Shuffles of the 4-byte words of two vectors into a third. */
final class WordShuffles {
    static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    /** The first halves of two vectors, word by word in turns, and the second halves. */
    static final IntVector LOW = of(lane -> lane / 2 + lane % 2 * LANES);

    static final IntVector HIGH = of(lane -> (LANES + lane) / 2 + lane % 2 * LANES);

    /** Every second word, from the first on and from the second. */
    static final IntVector EVEN = of(lane -> 2 * lane);

    static final IntVector ODD = of(lane -> 2 * lane + 1);

    private WordShuffles() {}

    /**
     * A selection.
     *
     * @param source of a lane the place of its word
     */
    static IntVector of(IntUnaryOperator source) {
        int[] lanes = new int[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = source.applyAsInt(lane);
        }
        return IntVector.fromArray(SPECIES, lanes, 0);
    }
}
