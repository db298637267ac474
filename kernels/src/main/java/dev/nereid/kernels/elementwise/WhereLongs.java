package dev.nereid.kernels.elementwise;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Selects elements of eight bytes by vectors of eight lanes, as {@link WhereVectors} does those of four; narrower vectors have
 * too few lanes for the bytes of a condition.
 */
final class WhereLongs extends WhereForms {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int LANES = LONGS.length();
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Whether a vector has a lane for each byte of the shortest one. */
    static final boolean FIT = LANES == BYTES.length();

    WhereLongs(WhereKernel base) {
        super(base, LANES, Long.BYTES);
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
            VectorMask<Long> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(LONGS);
            LongVector left = LongVector.fromMemorySegment(LONGS, x, xOffset + 8L * i, ORDER);
            LongVector right = LongVector.fromMemorySegment(LONGS, y, yOffset + 8L * i, ORDER);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 8L * i, ORDER);
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
        LongVector right = LongVector.broadcast(LONGS, y.get(LONG, yOffset));
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Long> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(LONGS);
            LongVector left = LongVector.fromMemorySegment(LONGS, x, xOffset + 8L * i, ORDER);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 8L * i, ORDER);
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
        LongVector left = LongVector.broadcast(LONGS, x.get(LONG, xOffset));
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Long> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(LONGS);
            LongVector right = LongVector.fromMemorySegment(LONGS, y, yOffset + 8L * i, ORDER);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 8L * i, ORDER);
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
        LongVector left = LongVector.broadcast(LONGS, x.get(LONG, xOffset));
        LongVector right = LongVector.broadcast(LONGS, y.get(LONG, yOffset));
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Long> holds = ByteVector.fromMemorySegment(BYTES, condition, conditionOffset + i, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(LONGS);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 8L * i, ORDER);
        }
    }
}
