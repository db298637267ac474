package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The loops of a relation of two 32-bit floats, whose results are bytes. Copied for each relation. */
final class FloatCompareLoop implements BinaryKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /** As many lanes; beside the narrowest floats there are none, and these loops are not for them. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final FloatLanes.Relation RELATION =
            LoopCopy.operation(MethodHandles.lookup(), FloatLanes.Relation.class);

    @Override
    public void both(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            FloatVector w = FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            ByteVector.zero(BYTES)
                    .blend((byte) 1, RELATION.holds(v, w).cast(BYTES))
                    .intoMemorySegment(z, zOffset + i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Float> mask = FLOATS.indexInRange(bound, length);
            FloatVector v =
                    FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FloatVector w =
                    FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            ByteVector.zero(BYTES)
                    .blend((byte) 1, RELATION.holds(v, w).cast(BYTES))
                    .intoMemorySegment(z, zOffset + bound, ByteOrder.LITTLE_ENDIAN, BYTES.indexInRange(bound, length));
        }
    }

    @Override
    public void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        FloatVector v = FloatVector.broadcast(FLOATS, x.get(FLOAT, xOffset));
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += FLOATS.length()) {
            FloatVector w = FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            ByteVector.zero(BYTES)
                    .blend((byte) 1, RELATION.holds(v, w).cast(BYTES))
                    .intoMemorySegment(z, zOffset + i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Float> mask = FLOATS.indexInRange(bound, length);
            FloatVector w =
                    FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            ByteVector.zero(BYTES)
                    .blend((byte) 1, RELATION.holds(v, w).cast(BYTES))
                    .intoMemorySegment(z, zOffset + bound, ByteOrder.LITTLE_ENDIAN, BYTES.indexInRange(bound, length));
        }
    }

    @Override
    public void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        FloatVector w = FloatVector.broadcast(FLOATS, y.get(FLOAT, yOffset));
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            ByteVector.zero(BYTES)
                    .blend((byte) 1, RELATION.holds(v, w).cast(BYTES))
                    .intoMemorySegment(z, zOffset + i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Float> mask = FLOATS.indexInRange(bound, length);
            FloatVector v =
                    FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            ByteVector.zero(BYTES)
                    .blend((byte) 1, RELATION.holds(v, w).cast(BYTES))
                    .intoMemorySegment(z, zOffset + bound, ByteOrder.LITTLE_ENDIAN, BYTES.indexInRange(bound, length));
        }
    }
}
