package dev.nereid.kernels.elementwise;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Whether 32-bit floats are anything but zero, as {@code BOOL}. */
final class FloatToBoolLoop implements UnaryKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();

    /** As many lanes; beside the narrowest floats there are none, and this loop is not for them. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Float> holds = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER)
                    .compare(VectorOperators.NE, 0f);
            ByteVector.zero(BYTES).blend((byte) 1, holds.cast(BYTES)).intoMemorySegment(y, yOffset + i, ORDER);
        }
        for (int i = bound; i < length; i++) {
            float value = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, xOffset + 4L * i);
            y.set(ValueLayout.JAVA_BYTE, yOffset + i, value == 0 ? (byte) 0 : (byte) 1);
        }
    }
}
