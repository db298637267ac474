package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.reduce.TopKKeys.LANES;
import static dev.nereid.kernels.reduce.TopKKeys.ORDER;
import static dev.nereid.kernels.reduce.TopKKeys.SPECIES;
import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * TopK along rows of floats. The elements of a row form groups, some for each one that is selected; as many of the groups'
 * first keys as are selected bound what can be selected at all. What lies within that bound, hardly more than is wanted, is
 * sorted. Used by one thread.
 */
final class TopKRows {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Groups for each element that is selected: so many that few elements share the group of a better one. */
    private static final int GROUPS = 3;

    /** Up to so many are found one by one in a vector of groups. */
    private static final int FEW = 4;

    /** Keys of the greatest integer stand for no element. */
    private static final long VECTOR_BYTES = (long) Integer.BYTES * LANES;

    private final int flip;
    private final int length;
    private final int count;

    /** Vectors of the first keys of groups, and their address. */
    private final int vectors;

    private final long groups;

    /** Keys before the bound, each above the index of its element; and the indices of keys at the bound. */
    private long[] before;

    private final int[] equal;
    private int beforeCount;
    private int equalCount;

    TopKRows(boolean largest, int length, int count, long scratch) {
        this.flip = TopKKeys.flip(largest);
        this.length = length;
        this.count = count;
        this.vectors = vectors(count);
        this.groups = scratch;
        this.before = new long[2 * count + 2 * LANES];
        this.equal = new int[count];
    }

    static long scratchBytes(int count) {
        return VECTOR_BYTES * vectors(count);
    }

    private static int vectors(int count) {
        return Math.ceilDiv(Math.multiplyExact(GROUPS, count), LANES);
    }

    /** Selects from each of {@code rows} rows. */
    void run(long x, long y, long indices, int rows) {
        for (int row = 0; row < rows; row++) {
            beforeCount = 0;
            equalCount = 0;
            // Where most of a row is selected there is nothing to bound.
            collect(x, vectors * LANES > length ? Integer.MAX_VALUE : bound(x));
            Arrays.sort(before, 0, beforeCount);
            write(x, y, indices);
            x += (long) Float.BYTES * length;
            y += (long) Float.BYTES * count;
            indices += (long) Long.BYTES * count;
        }
    }

    private void write(long x, long y, long indices) {
        for (int i = 0; i < count; i++) {
            int index = i < beforeCount ? (int) before[i] : equal[i - beforeCount];
            ALL.set(INT, y + (long) Integer.BYTES * i, ALL.get(INT, x + (long) Integer.BYTES * index));
            ALL.set(LONG, indices + (long) Long.BYTES * i, index);
        }
    }

    /** A key that at least as many keys as are selected do not exceed. */
    private int bound(long x) {
        if (vectors == 1) {
            IntVector least = leastOfLanes(x, length, flip);
            if (count <= FEW) {
                return oneByOne(least, count);
            }
            least.intoMemorySegment(ALL, groups, ORDER);
        } else {
            leastOfGroups(x, length, flip, groups, vectors);
        }
        return bisect(groups, vectors, count);
    }

    private static IntVector leastOfLanes(long x, int length, int flip) {
        IntVector a = IntVector.broadcast(SPECIES, Integer.MAX_VALUE);
        IntVector b = a;
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            a = a.min(TopKKeys.at(x + (long) Float.BYTES * i, flip));
            b = b.min(TopKKeys.at(x + (long) Float.BYTES * (i + LANES), flip));
        }
        a = a.min(b);
        for (; i < length; i += LANES) {
            a = a.min(TopKKeys.at(x + (long) Float.BYTES * i, flip, length - i));
        }
        return a;
    }

    private static void leastOfGroups(long x, int length, int flip, long groups, int vectors) {
        for (int vector = 0; vector < vectors; vector++) {
            TopKKeys.at(x + VECTOR_BYTES * vector, flip).intoMemorySegment(ALL, groups + VECTOR_BYTES * vector, ORDER);
        }
        int vector = 0;
        int bound = SPECIES.loopBound(length);
        for (int i = vectors * LANES; i < bound; i += LANES) {
            long group = groups + VECTOR_BYTES * vector;
            TopKKeys.at(x + (long) Float.BYTES * i, flip)
                    .min(IntVector.fromMemorySegment(SPECIES, ALL, group, ORDER))
                    .intoMemorySegment(ALL, group, ORDER);
            vector = vector + 1 == vectors ? 0 : vector + 1;
        }
        if (bound < length) {
            long group = groups + VECTOR_BYTES * vector;
            TopKKeys.at(x + (long) Float.BYTES * bound, flip, length - bound)
                    .min(IntVector.fromMemorySegment(SPECIES, ALL, group, ORDER))
                    .intoMemorySegment(ALL, group, ORDER);
        }
    }

    /** The bound of a few, from keys of which each lane has one. */
    private static int oneByOne(IntVector keys, int count) {
        int found = 0;
        int least = 0;
        while (found < count) {
            least = keys.reduceLanes(VectorOperators.MIN);
            VectorMask<Integer> mask = keys.compare(VectorOperators.EQ, least);
            found += mask.trueCount();
            keys = keys.blend(Integer.MAX_VALUE, mask);
        }
        return least;
    }

    /** A number that {@code count} to a quarter more of the groups' keys do not exceed, or if there is none the least. */
    private static int bisect(long groups, int vectors, int count) {
        int enough = count + count / 4;
        long low = Integer.MIN_VALUE;
        long high = Integer.MAX_VALUE;
        while (low < high) {
            int middle = (int) ((low + high) >> 1);
            int found = notAbove(groups, vectors, middle);
            if (found < count) {
                low = middle + 1L;
            } else if (found <= enough) {
                return middle;
            } else {
                high = middle;
            }
        }
        return (int) high;
    }

    private static int notAbove(long groups, int vectors, int bound) {
        int found = 0;
        for (int vector = 0; vector < vectors; vector++) {
            found += IntVector.fromMemorySegment(SPECIES, ALL, groups + VECTOR_BYTES * vector, ORDER)
                    .compare(VectorOperators.LE, bound)
                    .trueCount();
        }
        return found;
    }

    /** Notes the elements whose keys do not exceed the bound; of those that equal it as many as can be selected. */
    private void collect(long x, int bound) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            long lanes = TopKKeys.at(x + (long) Float.BYTES * i, flip)
                    .compare(VectorOperators.LE, bound)
                    .toLong();
            if (lanes != 0) {
                note(x, i, lanes, bound);
            }
        }
        if (i < length) {
            note(x, i, (1L << (length - i)) - 1, bound);
        }
    }

    private void note(long x, int first, long lanes, int bound) {
        if (beforeCount + LANES > before.length) {
            before = Arrays.copyOf(before, 2 * before.length);
        }
        while (lanes != 0) {
            int index = first + Long.numberOfTrailingZeros(lanes);
            int key = TopKKeys.key(x + (long) Float.BYTES * index, flip);
            if (key < bound) {
                before[beforeCount++] = (long) key << Integer.SIZE | index;
            } else if (key == bound && equalCount < count) {
                equal[equalCount++] = index;
            }
            lanes &= lanes - 1;
        }
    }
}
