package dev.nereid.kernels.elementwise;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** {@code x / (1 + exp(-x))} in place, behind a product or a convolution whose sums are still in a cache. */
public final class SwishRows {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private SwishRows() {}

    /**
     * Replaces numbers that lie next to each other. No address is checked.
     *
     * @param x address of the first of {@code count}
     */
    public static void replace(long x, int count) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        int whole = SPECIES.loopBound(count);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector numbers = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER);
            ActivationLanes.swish(numbers, one, one).intoMemorySegment(ALL, x + 4L * i, ORDER);
        }
        if (whole < count) {
            rest(x + 4L * whole, count - whole);
        }
    }

    private static void rest(long x, int count) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        VectorMask<Float> mask = SPECIES.indexInRange(0, count);
        FloatVector numbers = FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER, mask);
        ActivationLanes.swish(numbers, one, one).intoMemorySegment(ALL, x, ORDER, mask);
    }
}
