package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Whether 32-bit floats have a property, as {@code BOOL}. Copied for each property. */
final class FloatPropertyLoop implements UnaryKernel {
    /** Which lanes have the property. */
    @FunctionalInterface
    interface Property {
        VectorMask<Float> holds(FloatVector x);
    }

    /** What a copy computes, and what computes less than a vector. */
    record Operation(Property property, UnaryKernel rest) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final Property PROPERTY = OPERATION.property();
    private static final UnaryKernel REST = OPERATION.rest();
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
            VectorMask<Float> holds = PROPERTY.holds(FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER));
            ByteVector.zero(BYTES).blend((byte) 1, holds.cast(BYTES)).intoMemorySegment(y, yOffset + i, ORDER);
        }
        if (bound < length) {
            REST.run(x, xOffset + 4L * bound, y, yOffset + bound, length - bound, alpha, beta);
        }
    }
}
