package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Gather of blocks along an axis, {@code y[o, i] = x[o, indices[i]]}, by addresses: the bounds are checked once before. A
 * block is a word of 4 or 8 bytes, or some words of 4 bytes.
 *
 * @param blockBytes of a block
 * @param extent blocks of x for each o
 * @param count indices
 * @param x address, [outer, extent, blockBytes]
 * @param indices address, [count] INT64
 * @param y address, [outer, count, blockBytes]
 */
record BlockGather(long blockBytes, long extent, long count, long x, long indices, long y) {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int FOUR = 4;

    /** Blocks that loops count in an int. */
    private static final long MOST_BLOCKS = 1L << 30;

    /** Longer blocks are worth a call each, which is fast before the compiler has seen this class. */
    private static final long LONG_BYTES = 1024;

    /** Whether there is a way for so many blocks of such a size. */
    static boolean suits(long blocks, long blockBytes, MemorySegment x, MemorySegment indices, MemorySegment y) {
        return blocks > 0
                && blocks <= MOST_BLOCKS
                && blockBytes > 0
                && blockBytes % FOUR == 0
                && blockBytes <= LONG_BYTES
                && x.isNative()
                && indices.isNative()
                && y.isNative();
    }

    /**
     * Checks that everything lies in the segments.
     *
     * @throws IndexOutOfBoundsException if an index is not in [0, extent) or a segment is too short
     */
    static BlockGather of(
            long blockBytes,
            long outer,
            long extent,
            long count,
            MemorySegment x,
            MemorySegment indices,
            MemorySegment y) {
        Objects.checkFromIndexSize(0, blockBytes * outer * extent, x.byteSize());
        Objects.checkFromIndexSize(0, blockBytes * outer * count, y.byteSize());
        Objects.checkFromIndexSize(0, Long.BYTES * count, indices.byteSize());
        if (!areBelow(extent, indices.address(), count)) {
            throw new IndexOutOfBoundsException("an index is outside of [0, " + extent + ")");
        }
        return new BlockGather(blockBytes, extent, count, x.address(), indices.address(), y.address());
    }

    private static boolean areBelow(long extent, long indices, long count) {
        long signs = 0;
        for (long i = 0; i < count; i++) {
            long index = ALL.get(LONG, indices + Long.BYTES * i);
            signs |= index | (extent - 1 - index);
        }
        return signs >= 0;
    }

    /** Makes the blocks [from, to) of y, numbered through all o. */
    void run(long from, long to) {
        if (count == 1) {
            copyOneEach(from, to);
            return;
        }
        long o = from / count;
        long first = from - o * count;
        for (long block = from; block < to; o++) {
            long length = Math.min(to - block, count - first);
            long source = x + o * extent * blockBytes;
            long target = y + block * blockBytes;
            pick(length, source, indices + Long.BYTES * first, target);
            block += length;
            first = 0;
        }
    }

    private void pick(long length, long source, long index, long target) {
        if (blockBytes == Integer.BYTES) {
            gatherInts((int) length, source, index, target);
        } else if (blockBytes == Long.BYTES) {
            gatherLongs((int) length, source, index, target);
        } else {
            gatherRows((int) length, (int) (blockBytes / FOUR), source, index, target);
        }
    }

    /** One index: the same block of each o. */
    private void copyOneEach(long from, long to) {
        long source = x + (from * extent + ALL.get(LONG, indices)) * blockBytes;
        long target = y + from * blockBytes;
        if (blockBytes == Integer.BYTES) {
            WordTranspose.copy(to - from, source, extent * blockBytes, target, blockBytes);
        } else if (blockBytes == Long.BYTES) {
            copyLongs((int) (to - from), source, extent * blockBytes, target);
        } else {
            WordRows.copy(to - from, (int) (blockBytes / FOUR), source, extent * blockBytes, target, blockBytes);
        }
    }

    private static void copyLongs(int count, long x, long step, long y) {
        for (int i = 0; i < count; i++) {
            ALL.set(LONG, y + (long) Long.BYTES * i, ALL.get(LONG, x + i * step));
        }
    }

    private static void gatherInts(int length, long x, long index, long y) {
        int i = 0;
        for (; i + FOUR <= length; i += FOUR) {
            int a = ALL.get(INT, x + Integer.BYTES * ALL.get(LONG, index));
            int b = ALL.get(INT, x + Integer.BYTES * ALL.get(LONG, index + 8));
            int c = ALL.get(INT, x + Integer.BYTES * ALL.get(LONG, index + 16));
            int d = ALL.get(INT, x + Integer.BYTES * ALL.get(LONG, index + 24));
            ALL.set(INT, y, a);
            ALL.set(INT, y + 4, b);
            ALL.set(INT, y + 8, c);
            ALL.set(INT, y + 12, d);
            index += FOUR * Long.BYTES;
            y += FOUR * Integer.BYTES;
        }
        for (; i < length; i++) {
            ALL.set(INT, y, ALL.get(INT, x + Integer.BYTES * ALL.get(LONG, index)));
            index += Long.BYTES;
            y += Integer.BYTES;
        }
    }

    private static void gatherLongs(int length, long x, long index, long y) {
        for (int i = 0; i < length; i++) {
            long at = (long) Long.BYTES * i;
            ALL.set(LONG, y + at, ALL.get(LONG, x + Long.BYTES * ALL.get(LONG, index + at)));
        }
    }

    /** Blocks of so many words. The last vector of one goes over words of the one before again, for masks are dear. */
    private static void gatherRows(int length, int words, long x, long index, long y) {
        if (words < LANES) {
            gatherShortRows(length, words, x, index, y);
            return;
        }
        long bytes = (long) FOUR * words;
        for (int i = 0; i < length; i++) {
            long from = x + ALL.get(LONG, index + (long) Long.BYTES * i) * bytes;
            long to = y + i * bytes;
            for (int done = 0; done < words; done += LANES) {
                long at = (long) FOUR * Math.min(done, words - LANES);
                IntVector.fromMemorySegment(SPECIES, ALL, from + at, ORDER).intoMemorySegment(ALL, to + at, ORDER);
            }
        }
    }

    private static void gatherShortRows(int length, int words, long x, long index, long y) {
        long bytes = (long) FOUR * words;
        for (int i = 0; i < length; i++) {
            long from = x + ALL.get(LONG, index + (long) Long.BYTES * i) * bytes;
            WordRows.copyShort(words, from, y + i * bytes);
        }
    }
}
