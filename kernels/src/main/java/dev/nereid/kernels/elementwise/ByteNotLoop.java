package dev.nereid.kernels.elementwise;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The opposite of booleans: 1 for 0, 0 for all else. */
final class ByteNotLoop implements UnaryKernel {
    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_PREFERRED;

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            ByteVector v = ByteVector.fromMemorySegment(SPECIES, x, xOffset + i, ByteOrder.LITTLE_ENDIAN);
            ByteVector.zero(SPECIES)
                    .blend((byte) 1, v.compare(VectorOperators.EQ, (byte) 0))
                    .intoMemorySegment(y, yOffset + i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Byte> mask = SPECIES.indexInRange(bound, length);
            ByteVector v = ByteVector.fromMemorySegment(SPECIES, x, xOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
            ByteVector.zero(SPECIES)
                    .blend((byte) 1, v.compare(VectorOperators.EQ, (byte) 0))
                    .intoMemorySegment(y, yOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }
}
