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
final class WhereVectors extends WhereForms {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = INTS.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    WhereVectors(WhereKernel base) {
        super(base, LANES, Integer.BYTES);
    }

    @Override
    void ofVectors(
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

    @Override
    void ofVectorsAndNumber(
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

    @Override
    void ofNumberAndVectors(
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

    @Override
    void ofNumbers(
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
