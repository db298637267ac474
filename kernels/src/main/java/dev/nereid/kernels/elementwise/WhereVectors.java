package dev.nereid.kernels.elementwise;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Selects elements of four bytes by vectors; a single condition, and what is left of a row, are the base's. */
final class WhereVectors implements WhereKernel {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = INTS.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final WhereKernel base;

    WhereVectors(WhereKernel base) {
        this.base = base;
    }

    @Override
    public void run(
            MemorySegment condition,
            long conditionOffset,
            int conditionStep,
            MemorySegment x,
            long xOffset,
            int xStep,
            MemorySegment y,
            long yOffset,
            int yStep,
            MemorySegment z,
            long zOffset,
            int length) {
        int bound = conditionStep == 0 ? 0 : INTS.loopBound(length);
        if (bound > 0) {
            if (xStep == 0 && yStep == 0) {
                ofNumbers(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            } else if (xStep == 0) {
                ofNumberAndVectors(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            } else if (yStep == 0) {
                ofVectorsAndNumber(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            } else {
                ofVectors(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            }
        }
        if (bound < length) {
            base.run(
                    condition,
                    conditionOffset + (long) conditionStep * bound,
                    conditionStep,
                    x,
                    xOffset + 4L * xStep * bound,
                    xStep,
                    y,
                    yOffset + 4L * yStep * bound,
                    yStep,
                    z,
                    zOffset + 4L * bound,
                    length - bound);
        }
    }

    private static void ofVectors(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound) {
        condition = NativeSegments.exact(condition);
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Integer> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(INTS);
            IntVector left = IntVector.fromMemorySegment(INTS, x, xOffset + 4L * i, ORDER);
            IntVector right = IntVector.fromMemorySegment(INTS, y, yOffset + 4L * i, ORDER);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 4L * i, ORDER);
        }
    }

    private static void ofVectorsAndNumber(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound) {
        condition = NativeSegments.exact(condition);
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        IntVector right = IntVector.broadcast(INTS, y.get(INT, yOffset));
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Integer> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(INTS);
            IntVector left = IntVector.fromMemorySegment(INTS, x, xOffset + 4L * i, ORDER);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 4L * i, ORDER);
        }
    }

    private static void ofNumberAndVectors(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound) {
        condition = NativeSegments.exact(condition);
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        IntVector left = IntVector.broadcast(INTS, x.get(INT, xOffset));
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Integer> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(INTS);
            IntVector right = IntVector.fromMemorySegment(INTS, y, yOffset + 4L * i, ORDER);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 4L * i, ORDER);
        }
    }

    private static void ofNumbers(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound) {
        condition = NativeSegments.exact(condition);
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        IntVector left = IntVector.broadcast(INTS, x.get(INT, xOffset));
        IntVector right = IntVector.broadcast(INTS, y.get(INT, yOffset));
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Integer> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(INTS);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 4L * i, ORDER);
        }
    }
}
