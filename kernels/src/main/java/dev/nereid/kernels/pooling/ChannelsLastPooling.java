package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Window;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Max and average pooling with the channels last: a vector of channels at a time, over the taps of a window that lie in the
 * input.
 */
final class ChannelsLastPooling {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private static final int FOUR = 4;

    /** Bytes of a vector. */
    private static final long VECTOR = 4L * LANES;

    private ChannelsLastPooling() {}

    /** Max pooling of a row of output cells, channel by channel; x and y are the addresses of the item and of the row. */
    static void max(Window window, int channels, int row, long x, long y) {
        int top = first(window, 0, row);
        int rows = end(window, 0, row) - top;
        long cellBytes = (long) channels * Float.BYTES;
        long rowBytes = window.input()[1] * cellBytes;
        long from = x + window.position(0, row, top) * rowBytes;
        long rowStep = window.dilation()[0] * rowBytes;
        long columnStep = window.dilation()[1] * cellBytes;
        long cellStep = window.stride()[1] * cellBytes;
        int kernel = window.kernel()[1];
        int begin = firstWhole(window);
        int count = endOfWhole(window) - begin;
        if (channels >= LANES && count >= FOUR && ChannelsLastMaxPool.has(window, rows)) {
            long at = from + window.position(1, begin, 0) * cellBytes;
            if (ChannelsLastMaxPool.row(channels, at, rows, rowStep, cellBytes, window, count, y + begin * cellBytes)) {
                max(window, channels, 0, begin, from, rows, rowStep, y);
                max(window, channels, begin + count, window.output()[1], from, rows, rowStep, y);
                return;
            }
        }
        for (int column = 0; column < window.output()[1]; ) {
            int left = first(window, 1, column);
            int columns = end(window, 1, column) - left;
            long at = from + window.position(1, column, left) * cellBytes;
            long to = y + column * cellBytes;
            int last = column + FOUR - 1;
            boolean whole = channels >= LANES && columns == kernel && last < window.output()[1];
            if (whole && end(window, 1, last) - first(window, 1, last) == kernel) {
                maxOfFour(channels, at, cellStep, rows, rowStep, columns, columnStep, to, cellBytes);
                column += FOUR;
            } else {
                max(channels, at, rows, rowStep, columns, columnStep, to);
                column++;
            }
        }
    }

    static int firstWhole(Window window) {
        return Math.min(window.output()[1], Math.max(0, Math.ceilDiv(window.padding()[1], window.stride()[1])));
    }

    /** The output cell behind the last whose window ends in the input. */
    static int endOfWhole(Window window) {
        int room = window.input()[1] - window.position(1, 0, window.kernel()[1] - 1);
        return Math.clamp(Math.ceilDiv(room, window.stride()[1]), 0, window.output()[1]);
    }

    /** Output cells at the ends of a row, one by one. */
    private static void max(Window window, int channels, int begin, int end, long x, int rows, long rowStep, long y) {
        long cellBytes = (long) channels * Float.BYTES;
        for (int column = begin; column < end; column++) {
            int left = first(window, 1, column);
            int columns = end(window, 1, column) - left;
            long at = x + window.position(1, column, left) * cellBytes;
            max(channels, at, rows, rowStep, columns, window.dilation()[1] * cellBytes, y + column * cellBytes);
        }
    }

    /**
     * Average pooling of a row of output cells, channel by channel: the sums of the window's rows are added up apart, which rounds
     * less.
     *
     * @param divisors by how many the sums are divided, from that of the row's first cell on
     */
    static void mean(Window window, int channels, int row, long x, int[] divisors, long y) {
        int top = first(window, 0, row);
        int rows = end(window, 0, row) - top;
        long cellBytes = (long) channels * Float.BYTES;
        long rowBytes = window.input()[1] * cellBytes;
        long from = x + window.position(0, row, top) * rowBytes;
        long rowStep = window.dilation()[0] * rowBytes;
        long columnStep = window.dilation()[1] * cellBytes;
        int width = window.output()[1];
        for (int column = 0; column < width; column++) {
            int left = first(window, 1, column);
            int columns = end(window, 1, column) - left;
            long at = from + window.position(1, column, left) * cellBytes;
            float divisor = divisors[row * width + column];
            mean(channels, at, rows, rowStep, columns, columnStep, divisor, y + column * cellBytes);
        }
    }

    /** The first tap of an axis that lies in the input. */
    static int first(Window window, int axis, int at) {
        return Math.max(0, Math.ceilDiv(-window.position(axis, at, 0), window.dilation()[axis]));
    }

    /** The tap behind the last that lies in the input. */
    static int end(Window window, int axis, int at) {
        int room = window.input()[axis] - window.position(axis, at, 0);
        int end = Math.min(window.kernel()[axis], Math.ceilDiv(room, window.dilation()[axis]));
        return Math.max(first(window, axis, at), end);
    }

    /**
     * Where the vector of channels that begins at {@code done} is read: the last one goes over channels of the one before
     * again, so that only fewer channels than a vector has need a mask.
     */
    static int vector(int done, int channels) {
        return Math.max(0, Math.min(done, channels - LANES));
    }

    private static void max(int channels, long x, int rows, long rowStep, int columns, long columnStep, long y) {
        if (channels < LANES) {
            maxOfFew(SPECIES.indexInRange(0, channels), x, rows, rowStep, columns, columnStep, y);
            return;
        }
        for (int done = 0; done < channels; done += LANES) {
            int channel = vector(done, channels);
            FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            long row = x + 4L * channel;
            for (int ky = 0; ky < rows; ky++) {
                for (int kx = 0; kx < columns; kx++) {
                    highest = highest.max(FloatVector.fromMemorySegment(SPECIES, ALL, row + kx * columnStep, ORDER));
                }
                row += rowStep;
            }
            highest.intoMemorySegment(ALL, y + 4L * channel, ORDER);
        }
    }

    /** Four output cells side by side, which hides how long a comparison takes; none of their windows is cut off. */
    private static void maxOfFour(
            int channels,
            long x,
            long cellStep,
            int rows,
            long rowStep,
            int columns,
            long columnStep,
            long y,
            long yStep) {
        for (int done = 0; done < channels; done += LANES) {
            long channel = 4L * vector(done, channels);
            FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int ky = 0; ky < rows; ky++) {
                long at = x + channel + ky * rowStep;
                for (int kx = 0; kx < columns; kx++) {
                    a = a.max(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
                    b = b.max(FloatVector.fromMemorySegment(SPECIES, ALL, at + cellStep, ORDER));
                    c = c.max(FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * cellStep, ORDER));
                    d = d.max(FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * cellStep, ORDER));
                    at += columnStep;
                }
            }
            a.intoMemorySegment(ALL, y + channel, ORDER);
            b.intoMemorySegment(ALL, y + channel + yStep, ORDER);
            c.intoMemorySegment(ALL, y + channel + 2 * yStep, ORDER);
            d.intoMemorySegment(ALL, y + channel + 3 * yStep, ORDER);
        }
    }

    private static void maxOfFew(
            VectorMask<Float> mask, long x, int rows, long rowStep, int columns, long columnStep, long y) {
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int ky = 0; ky < rows; ky++) {
            for (int kx = 0; kx < columns; kx++) {
                long at = x + ky * rowStep + kx * columnStep;
                highest = highest.max(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
            }
        }
        highest.intoMemorySegment(ALL, y, ORDER, mask);
    }

    private static void mean(
            int channels, long x, int rows, long rowStep, int columns, long columnStep, float divisor, long y) {
        if (channels < LANES) {
            meanOfFew(SPECIES.indexInRange(0, channels), x, rows, rowStep, columns, columnStep, divisor, y);
            return;
        }
        int done = 0;
        for (; done <= channels - FOUR * LANES; done += FOUR * LANES) {
            meanOfFour(x + 4L * done, rows, rowStep, columns, columnStep, divisor, y + 4L * done);
        }
        for (; done < channels; done += LANES) {
            long channel = 4L * vector(done, channels);
            meanOfVector(x + channel, rows, rowStep, columns, columnStep, divisor, y + channel);
        }
    }

    /** A method of its own, so that it is called often: a pooling of whole images is compiled after thousands of them. */
    private static void meanOfVector(
            long x, int rows, long rowStep, int columns, long columnStep, float divisor, long y) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int ky = 0; ky < rows; ky++) {
            FloatVector rowSum = FloatVector.zero(SPECIES);
            for (int kx = 0; kx < columns; kx++) {
                long at = x + ky * rowStep + kx * columnStep;
                rowSum = rowSum.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
            }
            sum = sum.add(rowSum);
        }
        sum.div(divisor).intoMemorySegment(ALL, y, ORDER);
    }

    /** Four vectors of channels, which hides how long an addition takes and reads whole runs of memory. */
    private static void meanOfFour(
            long x, int rows, long rowStep, int columns, long columnStep, float divisor, long y) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int ky = 0; ky < rows; ky++) {
            FloatVector rowA = FloatVector.zero(SPECIES);
            FloatVector rowB = rowA;
            FloatVector rowC = rowA;
            FloatVector rowD = rowA;
            for (int kx = 0; kx < columns; kx++) {
                long at = x + ky * rowStep + kx * columnStep;
                rowA = rowA.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
                rowB = rowB.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + VECTOR, ORDER));
                rowC = rowC.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * VECTOR, ORDER));
                rowD = rowD.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * VECTOR, ORDER));
            }
            a = a.add(rowA);
            b = b.add(rowB);
            c = c.add(rowC);
            d = d.add(rowD);
        }
        a.div(divisor).intoMemorySegment(ALL, y, ORDER);
        b.div(divisor).intoMemorySegment(ALL, y + VECTOR, ORDER);
        c.div(divisor).intoMemorySegment(ALL, y + 2 * VECTOR, ORDER);
        d.div(divisor).intoMemorySegment(ALL, y + 3 * VECTOR, ORDER);
    }

    private static void meanOfFew(
            VectorMask<Float> mask,
            long x,
            int rows,
            long rowStep,
            int columns,
            long columnStep,
            float divisor,
            long y) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int ky = 0; ky < rows; ky++) {
            FloatVector rowSum = FloatVector.zero(SPECIES);
            for (int kx = 0; kx < columns; kx++) {
                long at = x + ky * rowStep + kx * columnStep;
                rowSum = rowSum.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
            }
            sum = sum.add(rowSum);
        }
        sum.div(divisor).intoMemorySegment(ALL, y, ORDER, mask);
    }
}
