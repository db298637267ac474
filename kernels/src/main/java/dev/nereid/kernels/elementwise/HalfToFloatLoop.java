package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** FP16 or BF16 to FP32. Copied for each. */
final class HalfToFloatLoop implements UnaryKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final HalfLanes.Widening FUNCTION =
            LoopCopy.operation(MethodHandles.lookup(), HalfLanes.Widening.class);

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += FLOATS.length()) {
            ShortVector half = ShortVector.fromMemorySegment(SHORTS, x, xOffset + 2L * i, ByteOrder.LITTLE_ENDIAN);
            IntVector bits = (IntVector) half.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            FUNCTION.apply(bits).intoMemorySegment(y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            tail(x, xOffset + 2L * bound, y, yOffset + 4L * bound, length - bound);
        }
    }

    private static void tail(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        ShortVector half = ShortVector.fromMemorySegment(
                SHORTS, x, xOffset, ByteOrder.LITTLE_ENDIAN, SHORTS.indexInRange(0, length));
        IntVector bits = (IntVector) half.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        FUNCTION.apply(bits).intoMemorySegment(y, yOffset, ByteOrder.LITTLE_ENDIAN, FLOATS.indexInRange(0, length));
    }
}
