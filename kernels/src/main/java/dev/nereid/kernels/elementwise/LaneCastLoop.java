package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorOperators.Conversion;
import jdk.incubator.vector.VectorSpecies;

/** The loop of a {@link LaneCast}. Copied for each. */
final class LaneCastLoop implements UnaryKernel {
    /** What a copy computes, and what computes the elements that no vector does. */
    record Operation(LaneCast<?, ?> cast, UnaryKernel rest) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);

    /** The types of lanes are constants of a copy and no types of its source. */
    @SuppressWarnings("unchecked")
    private static final LaneCast<Object, Object> CAST = (LaneCast<Object, Object>) OPERATION.cast();

    private static final UnaryKernel REST = OPERATION.rest();
    private static final VectorSpecies<Object> SOURCE = CAST.source();
    private static final VectorSpecies<Object> TARGET = CAST.target();
    private static final Conversion<Object, Object> CONVERSION = CAST.conversion();
    private static final boolean BOUNDED = CAST.way() == LaneCast.Way.BOUNDED;
    private static final float BOUND = 0x1p31f;
    private static final int LANES = SOURCE.length();
    private static final long X_BYTES = SOURCE.elementSize() / Byte.SIZE;
    private static final long Y_BYTES = TARGET.elementSize() / Byte.SIZE;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = length / LANES * LANES;
        for (int i = 0; i < bound; i += LANES) {
            Vector<Object> v = SOURCE.fromMemorySegment(x, xOffset + X_BYTES * i, ORDER);
            if (BOUNDED && reaches(v)) {
                REST.run(x, xOffset + X_BYTES * i, y, yOffset + Y_BYTES * i, LANES, alpha, beta);
            } else {
                v.convertShape(CONVERSION, TARGET, 0).intoMemorySegment(y, yOffset + Y_BYTES * i, ORDER);
            }
        }
        if (bound < length) {
            REST.run(x, xOffset + X_BYTES * bound, y, yOffset + Y_BYTES * bound, length - bound, alpha, beta);
        }
    }

    /** Whether a float lies beyond the integers of 32 bits. */
    private static boolean reaches(Vector<Object> v) {
        return v.reinterpretAsFloats().abs().compare(VectorOperators.GE, BOUND).anyTrue();
    }
}
