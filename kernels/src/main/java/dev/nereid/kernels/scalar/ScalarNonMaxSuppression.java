package dev.nereid.kernels.scalar;

import dev.nereid.kernels.reduce.NonMaxSuppressionKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Non-max suppression, box by box. Of boxes that are apart one of four distances is negative: their signs together cost one
 * jump.
 */
final class ScalarNonMaxSuppression implements NonMaxSuppressionKernel {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public int above(float least, MemorySegment scores, long offset, int count, MemorySegment numbers) {
        int above = 0;
        for (int i = 0; i < count; i++) {
            if (scores.get(FLOAT, offset + (long) Float.BYTES * i) > least) {
                numbers.set(ValueLayout.JAVA_INT_UNALIGNED, (long) Integer.BYTES * above++, i);
            }
        }
        return above;
    }

    @Override
    public int near(MemorySegment edges, int capacity, int from, int box) {
        long right = (long) Float.BYTES * capacity;
        long top = 2 * right;
        long bottom = 3 * right;
        long at = (long) Float.BYTES * box;
        for (int other = from; other < box; other++) {
            long there = (long) Float.BYTES * other;
            int signs = distance(edges, right + there, at)
                    | distance(edges, right + at, there)
                    | distance(edges, bottom + there, top + at)
                    | distance(edges, bottom + at, top + there);
            if (signs >= 0) {
                return other;
            }
        }
        return box;
    }

    /** The bits of a difference. */
    private static int distance(MemorySegment edges, long end, long begin) {
        return Float.floatToRawIntBits(edges.get(FLOAT, end) - edges.get(FLOAT, begin));
    }
}
