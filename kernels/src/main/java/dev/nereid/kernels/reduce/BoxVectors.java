package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scores are moved together where they are high enough, without a jump that depends on them. A box is looked at beside a
 * vector of others at a time: of those that are apart from it one of four distances has a sign.
 */
final class BoxVectors implements BoxKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTEGERS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public int above(float least, MemorySegment scores, long offset, int count, MemorySegment numbers) {
        Objects.checkFromIndexSize(offset, (long) Float.BYTES * count, scores.byteSize());
        Objects.checkFromIndexSize(0, (long) Integer.BYTES * count, numbers.byteSize());
        int bound = SPECIES.loopBound(count);
        int above = above(least, scores.address() + offset, bound, numbers.address());
        for (int i = bound; i < count; i++) {
            if (scores.get(FLOAT, offset + (long) Float.BYTES * i) > least) {
                numbers.set(ValueLayout.JAVA_INT_UNALIGNED, (long) Integer.BYTES * above++, i);
            }
        }
        return above;
    }

    /** Of whole vectors: there is room for one more vector of numbers wherever the next is read. */
    private static int above(float least, long scores, int bound, long numbers) {
        IntVector number = IntVector.zero(INTEGERS).addIndex(1);
        int above = 0;
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Integer> high = FloatVector.fromMemorySegment(
                            SPECIES, ALL, scores + (long) Float.BYTES * i, ORDER)
                    .compare(GT, least)
                    .cast(INTEGERS);
            number.compress(high).intoMemorySegment(ALL, numbers + (long) Integer.BYTES * above, ORDER);
            above += high.trueCount();
            number = number.add(LANES);
        }
        return above;
    }

    @Override
    public int near(MemorySegment edges, int capacity, int from, int box) {
        Objects.checkFromIndexSize(0, (long) Float.BYTES * EDGES * capacity, edges.byteSize());
        Objects.checkFromToIndex(from, box, capacity - 1);
        return near(edges.address(), (long) Float.BYTES * capacity, from, box);
    }

    private static int near(long edges, long plane, int from, int box) {
        long at = edges + (long) Float.BYTES * box;
        FloatVector left = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at));
        FloatVector right = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at + plane));
        FloatVector top = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at + 2 * plane));
        FloatVector bottom = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at + 3 * plane));
        int other = from;
        for (; other <= box - LANES; other += LANES) {
            long there = edges + (long) Float.BYTES * other;
            VectorMask<Integer> near = FloatVector.fromMemorySegment(SPECIES, ALL, there + plane, ORDER)
                    .sub(left)
                    .reinterpretAsInts()
                    .or(right.sub(FloatVector.fromMemorySegment(SPECIES, ALL, there, ORDER))
                            .reinterpretAsInts())
                    .or(FloatVector.fromMemorySegment(SPECIES, ALL, there + 3 * plane, ORDER)
                            .sub(top)
                            .reinterpretAsInts())
                    .or(bottom.sub(FloatVector.fromMemorySegment(SPECIES, ALL, there + 2 * plane, ORDER))
                            .reinterpretAsInts())
                    .compare(GE, 0);
            if (near.anyTrue()) {
                return other + near.firstTrue();
            }
        }
        if (other < box) {
            VectorMask<Float> rest = SPECIES.indexInRange(other, box);
            long there = edges + (long) Float.BYTES * other;
            IntVector signs = FloatVector.fromMemorySegment(SPECIES, ALL, there + plane, ORDER, rest)
                    .sub(left)
                    .reinterpretAsInts()
                    .or(right.sub(FloatVector.fromMemorySegment(SPECIES, ALL, there, ORDER, rest))
                            .reinterpretAsInts())
                    .or(FloatVector.fromMemorySegment(SPECIES, ALL, there + 3 * plane, ORDER, rest)
                            .sub(top)
                            .reinterpretAsInts())
                    .or(bottom.sub(FloatVector.fromMemorySegment(SPECIES, ALL, there + 2 * plane, ORDER, rest))
                            .reinterpretAsInts());
            VectorMask<Float> near = signs.compare(GE, 0).cast(SPECIES).and(rest);
            return near.anyTrue() ? other + near.firstTrue() : box;
        }
        return box;
    }
}
