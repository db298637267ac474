package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of a function of two integers or booleans. Copied for each function and size. The last vector is computed
 * first, for it goes over elements of those before again, which the result may have taken the place of by then.
 */
final class IntegerVectorBinaryLoop implements BinaryKernel {
    /** What a copy computes, and what computes less than a vector. */
    record Operation(VectorSpecies<?> species, IntegerLanes.Binary function, BinaryKernel rest) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final IntegerLanes.Binary FUNCTION = OPERATION.function();
    private static final BinaryKernel REST = OPERATION.rest();

    /** The type of lanes is a constant of a copy and no type of its source. */
    @SuppressWarnings("unchecked")
    private static final VectorSpecies<Object> SPECIES = (VectorSpecies<Object>) OPERATION.species();

    private static final int LANES = SPECIES.length();
    private static final long BYTES = SPECIES.elementSize() / Byte.SIZE;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @Override
    public void both(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int last = length - LANES;
        if (last < 0) {
            REST.both(x, xOffset, y, yOffset, z, zOffset, length);
            return;
        }
        Vector<?> end = FUNCTION.apply(
                SPECIES.fromMemorySegment(x, xOffset + BYTES * last, ORDER),
                SPECIES.fromMemorySegment(y, yOffset + BYTES * last, ORDER));
        for (int i = 0; i < last; i += LANES) {
            Vector<Object> v = SPECIES.fromMemorySegment(x, xOffset + BYTES * i, ORDER);
            Vector<Object> w = SPECIES.fromMemorySegment(y, yOffset + BYTES * i, ORDER);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
        end.intoMemorySegment(z, zOffset + BYTES * last, ORDER);
    }

    @Override
    public void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int last = length - LANES;
        if (last < 0) {
            REST.leftScalar(x, xOffset, y, yOffset, z, zOffset, length);
            return;
        }
        Vector<Object> v = SPECIES.broadcast(element(x, xOffset));
        Vector<?> end = FUNCTION.apply(v, SPECIES.fromMemorySegment(y, yOffset + BYTES * last, ORDER));
        for (int i = 0; i < last; i += LANES) {
            Vector<Object> w = SPECIES.fromMemorySegment(y, yOffset + BYTES * i, ORDER);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
        end.intoMemorySegment(z, zOffset + BYTES * last, ORDER);
    }

    @Override
    public void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int last = length - LANES;
        if (last < 0) {
            REST.rightScalar(x, xOffset, y, yOffset, z, zOffset, length);
            return;
        }
        Vector<Object> w = SPECIES.broadcast(element(y, yOffset));
        Vector<?> end = FUNCTION.apply(SPECIES.fromMemorySegment(x, xOffset + BYTES * last, ORDER), w);
        for (int i = 0; i < last; i += LANES) {
            Vector<Object> v = SPECIES.fromMemorySegment(x, xOffset + BYTES * i, ORDER);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
        end.intoMemorySegment(z, zOffset + BYTES * last, ORDER);
    }

    /** An element with its highest bit as the sign, as lanes have it. */
    private static long element(MemorySegment segment, long offset) {
        return switch ((int) BYTES) {
            case Byte.BYTES -> segment.get(ValueLayout.JAVA_BYTE, offset);
            case Short.BYTES -> segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset);
            case Integer.BYTES -> segment.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
            default -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        };
    }
}
