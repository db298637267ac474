package dev.nereid.kernels.reduce;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reduces four vectors at once: halves of the first and the third, and of the second and the fourth, then quarters of
 * these two, and then within the quarters. The order is that of {@link LaneReduction}. It is written out at each use,
 * because its vectors must not pass through methods.
 */
final class FourVectors {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int HALF = LANES / 2;

    /** Lanes between the results, the first of which is in lane 0. */
    static final int QUARTER = LANES / 4;

    static final VectorMask<Float> UPPER_HALF = lanesWith(HALF);
    static final VectorMask<Float> ODD_QUARTER = lanesWith(QUARTER);
    static final VectorShuffle<Float> OTHER_HALF = across(HALF);
    static final VectorShuffle<Float> OTHER_QUARTER = across(QUARTER);
    static final VectorShuffle<Float> BY_TWO = across(2);
    static final VectorShuffle<Float> BY_ONE = across(1);

    /** The four results in the first four lanes. */
    static final VectorShuffle<Float> RESULTS = VectorShuffle.fromOp(SPECIES, lane -> lane % 4 * QUARTER);

    private FourVectors() {}

    private static VectorMask<Float> lanesWith(int bit) {
        long lanes = 0;
        for (int lane = 0; lane < LANES; lane++) {
            lanes |= (lane & bit) != 0 ? 1L << lane : 0;
        }
        return VectorMask.fromLong(SPECIES, lanes);
    }

    private static VectorShuffle<Float> across(int bit) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ bit) % LANES);
    }
}
