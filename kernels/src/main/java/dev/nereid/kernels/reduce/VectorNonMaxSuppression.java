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
 * Non-max suppression by vectors: scores above the threshold are compacted without branches, and a box is compared with a
 * vector of others at a time. Boxes do not intersect if one of four distances is negative.
 */
final class VectorNonMaxSuppression implements NonMaxSuppressionKernel {
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
        long plane = (long) Float.BYTES * capacity;
        return box - from < LANES ? few(edges.address(), plane, from, box) : near(edges.address(), plane, from, box);
    }

    /** Of fewer boxes than a vector has. */
    private static int few(long edges, long plane, int from, int box) {
        long at = edges + (long) Float.BYTES * box;
        float left = ALL.get(FLOAT, at);
        float right = ALL.get(FLOAT, at + plane);
        float top = ALL.get(FLOAT, at + 2 * plane);
        float bottom = ALL.get(FLOAT, at + 3 * plane);
        for (int other = from; other < box; other++) {
            long there = edges + (long) Float.BYTES * other;
            int signs = Float.floatToRawIntBits(ALL.get(FLOAT, there + plane) - left)
                    | Float.floatToRawIntBits(right - ALL.get(FLOAT, there))
                    | Float.floatToRawIntBits(ALL.get(FLOAT, there + 3 * plane) - top)
                    | Float.floatToRawIntBits(bottom - ALL.get(FLOAT, there + 2 * plane));
            if (signs >= 0) {
                return other;
            }
        }
        return box;
    }

    private static int near(long edges, long plane, int from, int box) {
        long at = edges + (long) Float.BYTES * box;
        FloatVector left = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at));
        FloatVector right = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at + plane));
        FloatVector top = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at + 2 * plane));
        FloatVector bottom = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, at + 3 * plane));
        for (int next = from; next < box; next += LANES) {
            int other = Math.min(next, box - LANES); // the last ones are looked at twice: no mask, which could be boxed
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
        return box;
    }
}
