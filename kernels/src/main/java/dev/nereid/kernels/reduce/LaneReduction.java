package dev.nereid.kernels.reduce;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reduces the lanes of a vector in a fixed order. {@code reduceLanes} has none for sums of floats: the interpreter and the
 * compiler add in orders of their own, and a result would depend on which of them ran.
 */
final class LaneReduction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final VectorShuffle<Float> BY_EIGHT = VectorShuffle.iota(SPECIES, 8 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_FOUR = VectorShuffle.iota(SPECIES, 4 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_TWO = VectorShuffle.iota(SPECIES, 2 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_ONE = VectorShuffle.iota(SPECIES, 1 % LANES, 1, true);

    private LaneReduction() {}

    /** The sum of all lanes: halves are added until one lane is left. */
    static float sum(FloatVector v) {
        FloatVector a = LANES > 8 ? v.add(v.rearrange(BY_EIGHT)) : v;
        a = LANES > 4 ? a.add(a.rearrange(BY_FOUR)) : a;
        a = LANES > 2 ? a.add(a.rearrange(BY_TWO)) : a;
        a = LANES > 1 ? a.add(a.rearrange(BY_ONE)) : a;
        return a.lane(0);
    }

    /** The product of all lanes, in the same order. */
    static float product(FloatVector v) {
        FloatVector a = LANES > 8 ? v.mul(v.rearrange(BY_EIGHT)) : v;
        a = LANES > 4 ? a.mul(a.rearrange(BY_FOUR)) : a;
        a = LANES > 2 ? a.mul(a.rearrange(BY_TWO)) : a;
        a = LANES > 1 ? a.mul(a.rearrange(BY_ONE)) : a;
        return a.lane(0);
    }
}
