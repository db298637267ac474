package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.FloatLanes;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * ArgMax and ArgMin of floats along an axis with at least a vector of elements inside it, such as the classes of an image's
 * pixels. Copied for each relation.
 */
final class FloatArgMinMaxLoop implements Reduction {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();

    /** Whether a number, the first operand, takes the place of the best so far. */
    private static final FloatLanes.Relation DISPLACES =
            LoopCopy.operation(MethodHandles.lookup(), FloatLanes.Relation.class);

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        long stride = 4L * inner;
        for (int o = 0; o < outer; o++) {
            long from = xOffset + o * stride * reduced;
            long to = yOffset + 8L * o * inner;
            for (int i = 0; i < inner; i += LANES) {
                // The last vector may begin within the one before.
                int at = Math.min(i, inner - LANES);
                vector(x, from + 4L * at, y, to + 8L * at, reduced, stride);
            }
        }
    }

    private static void vector(MemorySegment x, long from, MemorySegment y, long to, int reduced, long stride) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        FloatVector best = FloatVector.fromMemorySegment(FLOATS, x, from, ByteOrder.LITTLE_ENDIAN);
        IntVector index = IntVector.zero(INTS);
        for (int r = 1; r < reduced; r++) {
            FloatVector candidate =
                    FloatVector.fromMemorySegment(FLOATS, x, from + stride * r, ByteOrder.LITTLE_ENDIAN);
            VectorMask<Float> better = DISPLACES.holds(candidate, best);
            best = best.blend(candidate, better);
            index = index.blend(r, better.cast(INTS));
        }
        LongVector first = (LongVector) index.convertShape(VectorOperators.I2L, LONGS, 0);
        LongVector second = (LongVector) index.convertShape(VectorOperators.I2L, LONGS, 1);
        first.intoMemorySegment(y, to, ByteOrder.LITTLE_ENDIAN);
        second.intoMemorySegment(y, to + 8L * LONGS.length(), ByteOrder.LITTLE_ENDIAN);
    }
}
