package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** FP32 to FP16 or BF16, to the nearest, ties to even. Copied for each. */
final class FloatToHalfLoop implements UnaryKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final HalfLanes.Narrowing FUNCTION =
            LoopCopy.operation(MethodHandles.lookup(), HalfLanes.Narrowing.class);

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            ShortVector half = (ShortVector) FUNCTION.apply(v).convertShape(VectorOperators.I2S, SHORTS, 0);
            half.intoMemorySegment(y, yOffset + 2L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            tail(x, xOffset + 4L * bound, y, yOffset + 2L * bound, length - bound);
        }
    }

    private static void tail(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        FloatVector v = FloatVector.fromMemorySegment(
                FLOATS, x, xOffset, ByteOrder.LITTLE_ENDIAN, FLOATS.indexInRange(0, length));
        ShortVector half = (ShortVector) FUNCTION.apply(v).convertShape(VectorOperators.I2S, SHORTS, 0);
        half.intoMemorySegment(y, yOffset, ByteOrder.LITTLE_ENDIAN, SHORTS.indexInRange(0, length));
    }
}
