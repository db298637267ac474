package dev.nereid.kernels.elementwise;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * 64-bit integers to 32-bit floats, rounded to the nearest. Whether C2 finds the vectors of a plain loop depends on the
 * lengths that it has seen before.
 */
final class LongToFloatLoop implements UnaryKernel {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_512;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Whether this JVM has an instruction for it: AVX512 does. */
    static boolean isFast() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize() == LONGS.vectorBitSize();
    }

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = LONGS.loopBound(length);
        for (int i = 0; i < bound; i += LONGS.length()) {
            LongVector v = LongVector.fromMemorySegment(LONGS, x, xOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
            FloatVector f = (FloatVector) v.convertShape(VectorOperators.L2F, FLOATS, 0);
            f.intoMemorySegment(y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
        for (int i = bound; i < length; i++) {
            y.set(FLOAT, yOffset + 4L * i, (float) x.get(LONG, xOffset + 8L * i));
        }
    }
}
