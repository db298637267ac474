package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Selects elements of four or eight bytes by vectors; a single condition, and what is left of a row, are the base's. Copied
 * for each size, for vectors that have a lane for each byte of the shortest one or of a word.
 */
final class WhereVectorLoop implements WhereKernel {
    /** What a copy selects, and what selects less than a vector. */
    record Operation(VectorSpecies<?> species, WhereKernel base) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final WhereKernel BASE = OPERATION.base();

    /** The type of lanes is a constant of a copy and no type of its source. */
    @SuppressWarnings("unchecked")
    private static final VectorSpecies<Object> SPECIES = (VectorSpecies<Object>) OPERATION.species();

    private static final int LANES = SPECIES.length();
    private static final long BYTES = SPECIES.elementSize() / Byte.SIZE;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);

    /** Bits of the shortest vector. */
    private static final int SHORTEST = 64;

    /** As many lanes as there are elements in a vector; not used if there are fewer. */
    private static final VectorSpecies<Byte> CONDITIONS =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(SHORTEST, LANES * Byte.SIZE)));

    /** Bits from each lane's byte of a word to the lowest. */
    private static final LongVector SHIFTS =
            LongVector.zero(LongVector.SPECIES_PREFERRED).addIndex(Byte.SIZE);

    /** Whether there is a vector of bytes of as many lanes. */
    private static final boolean BY_BYTES = LANES * Byte.SIZE >= SHORTEST;

    private static final long BYTE = 0xff;

    /** The condition of a vector. */
    private static VectorMask<Object> holds(MemorySegment condition, long offset) {
        if (BY_BYTES) {
            return ByteVector.fromMemorySegment(CONDITIONS, condition, offset, ORDER)
                    .compare(VectorOperators.NE, (byte) 0)
                    .cast(SPECIES);
        }
        return LongVector.broadcast(LongVector.SPECIES_PREFERRED, condition.get(INT, offset))
                .lanewise(VectorOperators.LSHR, SHIFTS)
                .and(BYTE)
                .compare(VectorOperators.NE, 0)
                .cast(SPECIES);
    }

    private static Vector<Object> vector(MemorySegment segment, long offset, int i) {
        return SPECIES.fromMemorySegment(segment, offset + BYTES * i, ORDER);
    }

    private static Vector<Object> number(MemorySegment segment, long offset) {
        return SPECIES.broadcast(BYTES == Long.BYTES ? segment.get(LONG, offset) : segment.get(INT, offset));
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
        int bound = conditionStep == 0 ? 0 : length / LANES * LANES;
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
            BASE.run(
                    condition,
                    conditionOffset + (long) conditionStep * bound,
                    conditionStep,
                    x,
                    xOffset + BYTES * xStep * bound,
                    xStep,
                    y,
                    yOffset + BYTES * yStep * bound,
                    yStep,
                    z,
                    zOffset + BYTES * bound,
                    length - bound);
        }
    }

    /** Of {@code bound} elements, whole vectors, both sides of as many. */
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
            VectorMask<Object> holds = holds(condition, conditionOffset + i);
            Vector<Object> left = vector(x, xOffset, i);
            Vector<Object> right = vector(y, yOffset, i);
            right.blend(left, holds).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
    }

    /** The same with one number in place of y. */
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
        Vector<Object> right = number(y, yOffset);
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Object> holds = holds(condition, conditionOffset + i);
            Vector<Object> left = vector(x, xOffset, i);
            right.blend(left, holds).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
    }

    /** The same with one number in place of x. */
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
        Vector<Object> left = number(x, xOffset);
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Object> holds = holds(condition, conditionOffset + i);
            Vector<Object> right = vector(y, yOffset, i);
            right.blend(left, holds).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
    }

    /** The same with a number on either side. */
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
        Vector<Object> left = number(x, xOffset);
        Vector<Object> right = number(y, yOffset);
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Object> holds = holds(condition, conditionOffset + i);
            right.blend(left, holds).intoMemorySegment(z, zOffset + BYTES * i, ORDER);
        }
    }
}
