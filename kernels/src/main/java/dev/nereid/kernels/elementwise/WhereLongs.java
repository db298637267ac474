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
 * Selects elements of eight bytes, as {@link WhereVectors} does those of four. The shortest vector of bytes is a condition of
 * eight elements; in vectors of four a word of it is shifted to each lane's own byte.
 */
final class WhereLongs extends WhereForms {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int LANES = LONGS.length();
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);

    /** Bits from each lane's byte of a word to the lowest. */
    private static final LongVector SHIFTS = LongVector.zero(LONGS).addIndex(Byte.SIZE);

    private static final long BYTE = 0xff;

    /** Whether a vector has a lane for each byte of the shortest one, or of a word. */
    static final boolean FIT = LANES == BYTES.length() || LANES == Integer.BYTES;

    WhereLongs(WhereKernel base) {
        super(base, LANES, Long.BYTES);
    }

    /** The condition of a vector. */
    private static VectorMask<Long> holds(MemorySegment condition, long offset) {
        if (LANES == BYTES.length()) {
            return ByteVector.fromMemorySegment(BYTES, condition, offset, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(LONGS);
        }
        return LongVector.broadcast(LONGS, condition.get(INT, offset))
                .lanewise(VectorOperators.LSHR, SHIFTS)
                .and(BYTE)
                .compare(VectorOperators.NE, 0);
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
            VectorMask<Long> holds = holds(condition, conditionOffset + i);
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
            VectorMask<Long> holds = holds(condition, conditionOffset + i);
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
            VectorMask<Long> holds = holds(condition, conditionOffset + i);
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
            VectorMask<Long> holds = holds(condition, conditionOffset + i);
            right.blend(left, holds).intoMemorySegment(z, zOffset + 8L * i, ORDER);
        }
    }
}
