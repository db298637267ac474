package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loops of a function of two doubles. Copied for each function. */
final class DoubleBinaryLoop implements BinaryKernel {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Rows that stay in the L1 cache, walked column by column: the loop along a short row is too short to be fast. */
    private static final int BLOCK = 64;

    private static final DoubleLanes.Binary FUNCTION =
            LoopCopy.operation(MethodHandles.lookup(), DoubleLanes.Binary.class);

    @Override
    public void both(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, xOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
            DoubleVector w = DoubleVector.fromMemorySegment(SPECIES, y, yOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Double> mask = SPECIES.indexInRange(bound, length);
            DoubleVector v =
                    DoubleVector.fromMemorySegment(SPECIES, x, xOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            DoubleVector w =
                    DoubleVector.fromMemorySegment(SPECIES, y, yOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
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
        int bound = SPECIES.loopBound(length);
        VectorMask<Double> mask = SPECIES.indexInRange(bound, length);
        for (int first = 0; first < rows; first += BLOCK) {
            int end = Math.min(rows, first + BLOCK);
            for (int i = 0; i < bound; i += SPECIES.length()) {
                for (int row = first; row < end; row++) {
                    DoubleVector v = DoubleVector.fromMemorySegment(
                            SPECIES, x, xOffset + row * xRow + 8L * i, ByteOrder.LITTLE_ENDIAN);
                    DoubleVector w = DoubleVector.fromMemorySegment(
                            SPECIES, y, yOffset + row * yRow + 8L * i, ByteOrder.LITTLE_ENDIAN);
                    FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + row * zRow + 8L * i, ByteOrder.LITTLE_ENDIAN);
                }
            }
            for (int row = first; row < end && bound < length; row++) {
                DoubleVector v = DoubleVector.fromMemorySegment(
                        SPECIES, x, xOffset + row * xRow + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
                DoubleVector w = DoubleVector.fromMemorySegment(
                        SPECIES, y, yOffset + row * yRow + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
                FUNCTION.apply(v, w)
                        .intoMemorySegment(z, zOffset + row * zRow + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            }
        }
    }

    @Override
    public void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        DoubleVector v = DoubleVector.broadcast(SPECIES, x.get(DOUBLE, xOffset));
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            DoubleVector w = DoubleVector.fromMemorySegment(SPECIES, y, yOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Double> mask = SPECIES.indexInRange(bound, length);
            DoubleVector w =
                    DoubleVector.fromMemorySegment(SPECIES, y, yOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }

    @Override
    public void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        DoubleVector w = DoubleVector.broadcast(SPECIES, y.get(DOUBLE, yOffset));
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += SPECIES.length()) {
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, xOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 8L * i, ByteOrder.LITTLE_ENDIAN);
        }
        if (bound < length) {
            VectorMask<Double> mask = SPECIES.indexInRange(bound, length);
            DoubleVector v =
                    DoubleVector.fromMemorySegment(SPECIES, x, xOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
            FUNCTION.apply(v, w).intoMemorySegment(z, zOffset + 8L * bound, ByteOrder.LITTLE_ENDIAN, mask);
        }
    }
}
