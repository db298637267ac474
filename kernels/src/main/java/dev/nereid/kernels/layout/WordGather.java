package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;
import static dev.nereid.memory.AddressSpace.BITS;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Gathers 4-byte words by long indices, on one thread. Vectors look at the indices of a part of a row and put them into an
 * array, and what is gathered comes into another one: a loop over addresses would check each, and be four times as long.
 * Places are addresses, which are not checked; strides are bytes.
 */
final class WordGather {
    /** Words at a time: their indices stay in the L1 cache. */
    static final int PART = 1024;

    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final long[] places;
    private final int[] words;

    /** @param most words at a time, up to {@link #PART} */
    WordGather(int most) {
        this.places = new long[most];
        this.words = new int[most];
    }

    /**
     * Gathers {@code y[i] = x[indices[i] * stride + i * step]} for so many i.
     *
     * @param count as many as there are words at a time, at most
     * @param indices in [0, extent), or counted from the end
     * @throws IllegalArgumentException if an index is outside of [-extent, extent)
     */
    void gather(int count, long indices, long extent, long x, long stride, long step, long y) {
        if (!read(count, indices, extent)) {
            countFromEnd(count, extent);
        }
        if (step == 0 && stride == Integer.BYTES) {
            gatherNeighbours(count, x);
        } else {
            gatherAcross(count, x, stride, step);
        }
        write(count, y);
    }

    /** Reads the indices; whether all of them are in [0, extent). */
    private boolean read(int count, long indices, long extent) {
        LongVector last = LongVector.broadcast(LONGS, extent - 1);
        LongVector signs = LongVector.zero(LONGS);
        int bound = LONGS.loopBound(count);
        for (int i = 0; i < bound; i += LONGS.length()) {
            LongVector some = LongVector.fromMemorySegment(LONGS, ALL, indices + (long) Long.BYTES * i, ORDER);
            signs = signs.or(some).or(last.sub(some));
            some.intoArray(places, i);
        }
        long any = signs.reduceLanes(VectorOperators.OR);
        for (int i = bound; i < count; i++) {
            places[i] = ALL.get(LONG, indices + (long) Long.BYTES * i);
            any |= places[i] | (extent - 1 - places[i]);
        }
        return any >= 0;
    }

    private void countFromEnd(int count, long extent) {
        for (int i = 0; i < count; i++) {
            places[i] = ElementGather.place(places[i], extent);
        }
    }

    private void gatherNeighbours(int count, long x) {
        long[] from = places;
        int[] to = words;
        for (int i = 0; i < count; i++) {
            to[i] = ALL.get(INT, x + Integer.BYTES * from[i] & BITS);
        }
    }

    private void gatherAcross(int count, long x, long stride, long step) {
        long[] from = places;
        int[] to = words;
        long row = x;
        for (int i = 0; i < count; i++) {
            to[i] = ALL.get(INT, row + stride * from[i] & BITS);
            row += step;
        }
    }

    private void write(int count, long y) {
        int bound = INTS.loopBound(count);
        for (int i = 0; i < bound; i += INTS.length()) {
            IntVector.fromArray(INTS, words, i).intoMemorySegment(ALL, y + (long) Integer.BYTES * i, ORDER);
        }
        for (int i = bound; i < count; i++) {
            ALL.set(INT, y + (long) Integer.BYTES * i, words[i]);
        }
    }
}
