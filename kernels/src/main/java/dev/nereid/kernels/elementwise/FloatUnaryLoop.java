package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loop of a function of 32-bit floats. Copied for each function. */
final class FloatUnaryLoop implements UnaryKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final FloatLanes.Unary FUNCTION = LoopCopy.operation(MethodHandles.lookup(), FloatLanes.Unary.class);

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        FloatVector a = FloatVector.broadcast(SPECIES, (float) alpha);
        FloatVector b = FloatVector.broadcast(SPECIES, (float) beta);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, a, b).intoMemorySegment(y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            tail(x, xOffset + 4L * bound, y, yOffset + 4L * bound, length - bound, a, b);
        }
    }

    private static void tail(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, FloatVector a, FloatVector b) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        VectorMask<Float> mask = SPECIES.indexInRange(0, length);
        FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xOffset, ByteOrder.LITTLE_ENDIAN, mask);
        FUNCTION.apply(v, a, b).intoMemorySegment(y, yOffset, ByteOrder.LITTLE_ENDIAN, mask);
    }
}
