package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Order-preserving keys of TopK: floats as integers, the first in the order the lowest; both zeros are equal, negative
 * numbers are reversed by magnitude, and every NaN is the greatest. None is the greatest integer.
 */
final class TopKKeys {
    static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int NAN = Float.floatToIntBits(Float.NaN);
    private static final int SIGN = 31;

    private TopKKeys() {}

    /** What keys are turned over by where the greatest float comes first. */
    static int flip(boolean largest) {
        return largest ? -1 : 0;
    }

    /** The keys of a vector at an address. */
    static IntVector at(long x, int flip) {
        return of(FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER), flip);
    }

    /** The keys of the first lanes at an address; the greatest integer for the others. */
    static IntVector at(long x, int flip, int count) {
        VectorMask<Float> mask = FLOATS.indexInRange(0, count);
        IntVector keys = of(FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER, mask), flip);
        return IntVector.broadcast(SPECIES, Integer.MAX_VALUE).blend(keys, mask.cast(SPECIES));
    }

    private static IntVector of(FloatVector floats, int flip) {
        IntVector bits = floats.add(0f).viewAsIntegralLanes();
        return bits.lanewise(VectorOperators.ASHR, SIGN)
                .and(Integer.MAX_VALUE)
                .lanewise(VectorOperators.XOR, bits)
                .blend(NAN, floats.compare(VectorOperators.NE, floats).cast(SPECIES))
                .lanewise(VectorOperators.XOR, flip);
    }

    /** The key of the float at an address. */
    static int key(long x, int flip) {
        int bits = Float.floatToIntBits(ALL.get(FLOAT, x) + 0f);
        return bits ^ (bits >> SIGN & Integer.MAX_VALUE) ^ flip;
    }
}
