package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loops of a function of two bytes that looks at their bits. Copied for each function. */
final class ByteBinaryLoop implements BinaryKernel {
    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_PREFERRED;
    private static final ByteLanes.Binary FUNCTION = LoopCopy.operation(MethodHandles.lookup(), ByteLanes.Binary.class);

    @Override
    public void both(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            ByteVector v = ByteVector.fromMemorySegment(SPECIES, x, xOffset + i, ByteOrder.LITTLE_ENDIAN);
            ByteVector w = ByteVector.fromMemorySegment(SPECIES, y, yOffset + i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Byte> mask = SPECIES.indexInRange(bound, length);
            ByteVector v = ByteVector.fromMemorySegment(SPECIES, x, xOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
            ByteVector w = ByteVector.fromMemorySegment(SPECIES, y, yOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }

    /** The functions are the same with their sides exchanged. */
    @Override
    public void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        rightScalar(y, yOffset, x, xOffset, z, zOffset, length);
    }

    @Override
    public void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        ByteVector w = ByteVector.broadcast(SPECIES, y.get(ValueLayout.JAVA_BYTE, yOffset));
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            ByteVector v = ByteVector.fromMemorySegment(SPECIES, x, xOffset + i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Byte> mask = SPECIES.indexInRange(bound, length);
            ByteVector v = ByteVector.fromMemorySegment(SPECIES, x, xOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }
}
