package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loops of a function of two 32-bit floats. Copied for each function. */
final class FloatBinaryLoop implements BinaryKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Rows that stay in the L1 cache, walked column by column: the loop along a short row is too short to be fast. */
    private static final int BLOCK = 64;

    /** Vectors of rows from which on a repeated row is worth putting together. */
    private static final int WORTH_REPEATING = 4;

    private static final FloatLanes.Binary FUNCTION =
            LoopCopy.operation(MethodHandles.lookup(), FloatLanes.Binary.class);

    @Override
    public void both(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector v =
                    FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FloatVector w =
                    FloatVector.fromMemorySegment(SPECIES, y, yOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }

    @Override
    public void rows(
            MemorySegment x,
            long xOffset,
            long xRow,
            MemorySegment y,
            long yOffset,
            long yRow,
            MemorySegment z,
            long zOffset,
            long zRow,
            int rows,
            int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        if (length < SPECIES.length() && rows >= WORTH_REPEATING * SPECIES.length() && zRow == 4L * length) {
            if (yRow == 0 && xRow == zRow) {
                rightRepeated(x, xOffset, y, yOffset, z, zOffset, rows * length, length);
                return;
            }
            if (xRow == 0 && yRow == zRow) {
                leftRepeated(x, xOffset, y, yOffset, z, zOffset, rows * length, length);
                return;
            }
        }
        int bound = SPECIES.loopBound(length);
        VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
        for (int first = 0; first < rows; first += BLOCK) {
            int end = Math.min(rows, first + BLOCK);
            for (int i = 0; i < bound; i += SPECIES.length()) {
                for (int row = first; row < end; row++) {
                    FloatVector v = FloatVector.fromMemorySegment(
                            SPECIES, x, xOffset + row * xRow + 4L * i, ByteOrder.LITTLE_ENDIAN);
                    FloatVector w = FloatVector.fromMemorySegment(
                            SPECIES, y, yOffset + row * yRow + 4L * i, ByteOrder.LITTLE_ENDIAN);
                    FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + row * zRow + 4L * i, ByteOrder.LITTLE_ENDIAN);
                }
            }
            for (int row = first; row < end && bound < length; row++) {
                FloatVector v = FloatVector.fromMemorySegment(
                        SPECIES, x, xOffset + row * xRow + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
                FloatVector w = FloatVector.fromMemorySegment(
                        SPECIES, y, yOffset + row * yRow + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
                FUNCTION.apply(v, w)
                        .intoMemorySegment(z, zOffset + row * zRow + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            }
        }
    }

    /** Dense rows and one that is repeated: every {@code period}-th vector has the same elements of that one. */
    private static void rightRepeated(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int length,
            int period) {
        int lanes = SPECIES.length();
        for (int vector = 0; vector < period; vector++) {
            FloatVector w = BroadcastRow.vector(y, yOffset, period, vector);
            int i = vector * lanes;
            for (; i <= length - lanes; i += period * lanes) {
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
                FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            }
            if (i < length) {
                VectorMask<Float> mask = SPECIES.indexInRange(i, length);
                FloatVector v =
                        FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN, mask);
                FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN, mask);
            }
        }
    }

    /** As {@link #rightRepeated}, the other way round. */
    private static void leftRepeated(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int length,
            int period) {
        int lanes = SPECIES.length();
        for (int vector = 0; vector < period; vector++) {
            FloatVector v = BroadcastRow.vector(x, xOffset, period, vector);
            int i = vector * lanes;
            for (; i <= length - lanes; i += period * lanes) {
                FloatVector w = FloatVector.fromMemorySegment(SPECIES, y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
                FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            }
            if (i < length) {
                VectorMask<Float> mask = SPECIES.indexInRange(i, length);
                FloatVector w =
                        FloatVector.fromMemorySegment(SPECIES, y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN, mask);
                FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN, mask);
            }
        }
    }

    @Override
    public void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        FloatVector v = FloatVector.broadcast(SPECIES, x.get(FLOAT, xOffset));
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, y, yOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector w =
                    FloatVector.fromMemorySegment(SPECIES, y, yOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }

    @Override
    public void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        FloatVector w = FloatVector.broadcast(SPECIES, y.get(FLOAT, yOffset));
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector v =
                    FloatVector.fromMemorySegment(SPECIES, x, xOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 4L * bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }
}
