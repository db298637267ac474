package dev.nereid.nativekernels;

import dev.nereid.kernels.quantized.ByteWindows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * An image [spatial..., channels] with all that windows reach beyond its edges, and where in it they begin.
 *
 * @param windows over the image without edges
 * @param extents of the image with edges
 * @param before elements in front of the image, one an axis
 * @param pixel bytes of one spatial position
 */
@SuppressWarnings("ArrayRecordComponent")
record PaddedImage(ByteWindows windows, long[] extents, long[] before, long pixel) {
    /** What the last run may be read too far. */
    private static final long SLACK = 7;

    static PaddedImage of(ByteWindows windows, int channels) {
        int axes = windows.axes();
        long[] extents = new long[axes];
        long[] before = new long[axes];
        for (int axis = 0; axis < axes; axis++) {
            before[axis] = Math.max(0, windows.padding()[axis]);
            long first = Math.max(0, -windows.padding()[axis]);
            long reach = (windows.output()[axis] - 1) * windows.strides()[axis]
                    + (windows.window()[axis] - 1) * windows.dilations()[axis]
                    + 1;
            extents[axis] = Math.max(before[axis] + windows.input()[axis], first + reach);
        }
        return new PaddedImage(windows, extents, before, channels);
    }

    /** The same image under fewer of its windows. */
    PaddedImage under(ByteWindows fewer) {
        return new PaddedImage(fewer, extents, before, pixel);
    }

    /** Whether there are no edges: the image as it is. */
    boolean isWhole() {
        return Arrays.equals(extents, windows.input());
    }

    long bytes() {
        return pixels() * pixel + SLACK;
    }

    private long pixels() {
        return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
    }

    /** Bytes from one element of an axis to the next. */
    long step(int axis) {
        long step = pixel;
        for (int inner = axis + 1; inner < extents.length; inner++) {
            step *= extents[inner];
        }
        return step;
    }

    /** Copies an image, its bits flipped as {@code flip} says, and fills the edges. */
    void fill(QuantizedCalls calls, MemorySegment x, int flip, byte edge, MemorySegment to) {
        if (!isWhole()) {
            to.fill(edge);
        }
        int last = extents.length - 1;
        long[] input = windows.input();
        long line = input[last] * pixel;
        // Lines of the axis before the last one are copied in one call.
        int together = last == 0 ? 1 : Math.toIntExact(input[last - 1]);
        long[] outer = Arrays.copyOf(input, Math.max(0, last - 1));
        long[] at = new long[outer.length];
        long blocks = Arrays.stream(outer).reduce(1, (a, b) -> a * b);
        for (long block = 0; block < blocks && line > 0 && together > 0; block++) {
            long offset = before[last] * pixel + (last == 0 ? 0 : before[last - 1] * step(last - 1));
            for (int axis = 0; axis < at.length; axis++) {
                offset += (before[axis] + at[axis]) * step(axis);
            }
            calls.lines(
                    together,
                    line,
                    x.asSlice(block * together * line),
                    line,
                    to.asSlice(offset),
                    extents[last] * pixel,
                    flip);
            ByteWindows.advance(at, outer);
        }
    }

    /** Output positions of a line. */
    int width() {
        return Math.toIntExact(Math.max(1, windows.output()[extents.length - 1]));
    }

    /** Bytes from one window to the next in a line. */
    long pixelBytes() {
        return windows.strides()[extents.length - 1] * pixel;
    }

    long linesBytes() {
        return 8L * Math.ceilDiv(windows.positions(), width());
    }

    /** Where the first window begins. */
    long origin() {
        long first = 0;
        for (int axis = 0; axis < extents.length; axis++) {
            first += Math.max(0, -windows.padding()[axis]) * step(axis);
        }
        return first;
    }

    /** Writes where the first window of each line of outputs begins. */
    void writeLines(MemorySegment lines) {
        int last = extents.length - 1;
        long[] outer = Arrays.copyOf(windows.output(), last);
        long[] at = new long[last];
        long first = origin();
        for (long line = 0; line < linesBytes() / 8; line++) {
            long offset = first;
            for (int axis = 0; axis < last; axis++) {
                offset += at[axis] * windows.strides()[axis] * step(axis);
            }
            lines.set(ValueLayout.JAVA_LONG_UNALIGNED, 8 * line, offset);
            ByteWindows.advance(at, outer);
        }
    }
}
