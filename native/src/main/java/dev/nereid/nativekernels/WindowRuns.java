package dev.nereid.nativekernels;

import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The runs of adjacent bytes that lie under a window in one group's channels: a line of the window, or each of its
 * elements where others lie between them.
 *
 * @param extents of the window, counted in runs
 * @param length bytes of a run
 * @param step packed runs are filled up to a multiple of this
 */
@SuppressWarnings("ArrayRecordComponent")
record WindowRuns(long[] extents, long[] dilations, int length, int step) {
    static WindowRuns of(FilterShape shape, int step) {
        long[] extents = shape.window().clone();
        int last = extents.length - 1;
        int length = shape.channels();
        if (shape.groups() == 1 && (shape.dilations()[last] == 1 || extents[last] == 1)) {
            length = Math.toIntExact(length * extents[last]);
            extents[last] = 1;
        }
        return new WindowRuns(extents, shape.dilations(), length, step);
    }

    int count() {
        long count = 1;
        for (long extent : extents) {
            count *= extent;
        }
        return Math.toIntExact(count);
    }

    /** Groups of four bytes in a packed run. */
    int quads() {
        return Math.ceilDiv(length, step) * step / 4;
    }

    /** Rows of packed filters: all runs. */
    int rows() {
        return Math.multiplyExact(count(), 4 * quads());
    }

    /** The row of an element, which counts in the order [window, channels]. */
    int row(int element) {
        return element / length * 4 * quads() + element % length;
    }

    long offsetsBytes() {
        return 8L * Math.max(1, count());
    }

    /** Writes where each run begins, from the window's first byte on. */
    void writeOffsets(PaddedImage image, MemorySegment offsets) {
        long[] in = new long[extents.length];
        for (int run = 0; run < count(); run++) {
            long offset = 0;
            for (int axis = 0; axis < in.length; axis++) {
                offset += in[axis] * dilations[axis] * image.step(axis);
            }
            offsets.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * run, offset);
            ByteWindows.advance(in, extents);
        }
    }
}
