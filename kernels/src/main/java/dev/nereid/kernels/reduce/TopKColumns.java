package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.reduce.TopKKeys.LANES;
import static dev.nereid.kernels.reduce.TopKKeys.ORDER;
import static dev.nereid.kernels.reduce.TopKKeys.SPECIES;
import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * TopK of a few floats down each of many columns, a column a lane: the best so far are kept in order, and a better one moves
 * those behind it. In front of them stands a key that none is better than.
 *
 * @param inner columns, at least as many as a vector has lanes
 * @param best address of the keys and indices of what is selected
 */
record TopKColumns(boolean largest, int length, int inner, int count, long best) {
    /** More than so many are not moved for each that comes. */
    static final int MOST = 16;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long VECTOR_BYTES = (long) Integer.BYTES * LANES;

    /** A vector of keys and one of indices. */
    private static final long PAIR_BYTES = 2 * VECTOR_BYTES;

    /** Vectors side by side, so that more than one line of a row is read at a time. */
    private static final int VECTORS = 8;

    static long scratchBytes(int count) {
        return count > MOST ? 0 : VECTORS * PAIR_BYTES * (1 + count);
    }

    void run(long x, long y, long indices, int outer) {
        long row = (long) Float.BYTES * inner;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; ) {
                // The last vector takes columns of the one before once more.
                int first = Math.min(i, inner - LANES);
                int vectors = Math.min(VECTORS, (inner - first) / LANES);
                select(x + (long) Float.BYTES * first, row, vectors);
                for (int vector = 0; vector < vectors; vector++) {
                    long column = first + (long) vector * LANES;
                    write(x + Float.BYTES * column, y + Float.BYTES * column, indices + Long.BYTES * column, vector);
                }
                i = first + vectors * LANES;
            }
            x += row * length;
            y += row * count;
            indices += (long) Long.BYTES * inner * count;
        }
    }

    private void select(long x, long stride, int vectors) {
        long last = best + count * PAIR_BYTES;
        for (int vector = 0; vector < vectors; vector++) {
            for (int i = 0; i <= count; i++) {
                IntVector.broadcast(SPECIES, i == 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE)
                        .intoMemorySegment(ALL, best + at(vector) + PAIR_BYTES * i, ORDER);
            }
        }
        int flip = TopKKeys.flip(largest);
        for (int i = 0; i < length; i++) {
            for (int vector = 0; vector < vectors; vector++) {
                IntVector keys = TopKKeys.at(x + VECTOR_BYTES * vector, flip);
                if (keys.lt(IntVector.fromMemorySegment(SPECIES, ALL, last + at(vector), ORDER))
                        .anyTrue()) {
                    insert(keys, i, best + at(vector), last + at(vector));
                }
            }
            x += stride;
        }
    }

    /** The bytes before what is kept of a vector. */
    private long at(int vector) {
        return PAIR_BYTES * (1 + count) * vector;
    }

    /**
     * Puts keys in where they come first, from the last place to the one in front: a place gets what stood before it, where
     * the key is better than that too, or the key. So nothing is handed from step to step, which the compiler would box.
     */
    private static void insert(IntVector keys, int index, long front, long last) {
        IntVector indices = IntVector.broadcast(SPECIES, index);
        for (long at = last; at > front; at -= PAIR_BYTES) {
            IntVector otherKeys = IntVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
            IntVector otherIndices = IntVector.fromMemorySegment(SPECIES, ALL, at + VECTOR_BYTES, ORDER);
            IntVector priorKeys = IntVector.fromMemorySegment(SPECIES, ALL, at - PAIR_BYTES, ORDER);
            IntVector priorIndices = IntVector.fromMemorySegment(SPECIES, ALL, at - VECTOR_BYTES, ORDER);
            VectorMask<Integer> better = keys.compare(VectorOperators.LT, otherKeys);
            VectorMask<Integer> moves = keys.compare(VectorOperators.LT, priorKeys);
            otherKeys.blend(keys, better).blend(priorKeys, moves).intoMemorySegment(ALL, at, ORDER);
            otherIndices
                    .blend(indices, better)
                    .blend(priorIndices, moves)
                    .intoMemorySegment(ALL, at + VECTOR_BYTES, ORDER);
        }
    }

    private void write(long x, long y, long indices, int vector) {
        long row = (long) Float.BYTES * inner;
        for (int i = 0; i < count; i++) {
            long from = best + at(vector) + PAIR_BYTES * (1 + i) + VECTOR_BYTES;
            for (int lane = 0; lane < LANES; lane++) {
                int index = ALL.get(INT, from + (long) Integer.BYTES * lane);
                long at = (long) i * inner + lane;
                ALL.set(INT, y + Integer.BYTES * at, ALL.get(INT, x + row * index + (long) Integer.BYTES * lane));
                ALL.set(LONG, indices + Long.BYTES * at, index);
            }
        }
    }
}
