package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/** The loop of a function of an integer. Copied for each function and size. The last vector is computed first, as for two. */
final class IntegerVectorUnaryLoop implements UnaryKernel {
    /** What a copy computes, and what computes less than a vector. */
    record Operation(VectorSpecies<?> species, IntegerLanes.Unary function, UnaryKernel rest) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final IntegerLanes.Unary FUNCTION = OPERATION.function();
    private static final UnaryKernel REST = OPERATION.rest();

    /** The type of lanes is a constant of a copy and no type of its source. */
    @SuppressWarnings("unchecked")
    private static final VectorSpecies<Object> SPECIES = (VectorSpecies<Object>) OPERATION.species();

    private static final int LANES = SPECIES.length();
    private static final long BYTES = SPECIES.elementSize() / Byte.SIZE;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int last = length - LANES;
        if (last < 0) {
            REST.run(x, xOffset, y, yOffset, length, alpha, beta);
            return;
        }
        Vector<?> end = FUNCTION.apply(SPECIES.fromMemorySegment(x, xOffset + BYTES * last, ORDER));
        for (int i = 0; i < last; i += LANES) {
            Vector<Object> v = SPECIES.fromMemorySegment(x, xOffset + BYTES * i, ORDER);
            FUNCTION.apply(v).intoMemorySegment(y, yOffset + BYTES * i, ORDER);
        }
        end.intoMemorySegment(y, yOffset + BYTES * last, ORDER);
    }
}
