package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Average pooling with the channels first by {@link LinePooling}: columns are added from the top, then their sums from the
 * left.
 */
final class ChannelsFirstAveragePool {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    /** Taps of {@link AveragePoolThreeTaps}. */
    private static final int TAPS = 3;

    private static final VectorShuffle<Float> HALF = turned(LANES / 2);
    private static final VectorShuffle<Float> QUARTER = turned(LANES / 4);
    private static final VectorShuffle<Float> EIGHTH = turned(LANES / 8);
    private static final VectorShuffle<Float> SIXTEENTH = turned(LANES / 16);

    private ChannelsFirstAveragePool() {}

    private static VectorShuffle<Float> turned(int lanes) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane + lanes) % LANES);
    }

    /** Writes lines; see {@link ChannelsFirstMaxPool#down}. */
    static void down(LinePooling lines, long x, int[] firstRows, int[] counts, int from, int to, long line) {
        int width = lines.window().input()[1];
        long rowBytes = (long) width * Float.BYTES;
        if (lines.phases() == 1) {
            int first = from;
            while (first < to && (counts[first] != TAPS || width < LANES)) {
                first++;
            }
            int end = first;
            while (end < to && counts[end] == TAPS) {
                end++;
            }
            long tapBytes = lines.tapBytes();
            long lineBytes = lines.lineBytes();
            down(x, rowBytes, firstRows, counts, from, first, tapBytes, width, line, lineBytes);
            if (first < end) {
                AveragePoolThreeTaps.down(
                        x + firstRows[first] * rowBytes,
                        lines.window().stride()[0] * rowBytes,
                        tapBytes,
                        width,
                        end - first,
                        line + (first - from) * lineBytes,
                        lineBytes);
            }
            down(x, rowBytes, firstRows, counts, end, to, tapBytes, width, line + (end - from) * lineBytes, lineBytes);
        } else {
            two(
                    x,
                    rowBytes,
                    firstRows,
                    counts,
                    from,
                    to,
                    lines.tapBytes(),
                    width,
                    line,
                    lines.lineBytes(),
                    lines.partBytes());
        }
    }

    /** Writes lines of one part; each row of windows reads a row at least. */
    static void down(
            long x,
            long rowBytes,
            int[] firstRows,
            int[] counts,
            int from,
            int to,
            long tapBytes,
            int width,
            long lines,
            long lineBytes) {
        int whole = SPECIES.loopBound(width);
        VectorMask<Float> rest = SPECIES.indexInRange(whole, width);
        for (int row = from; row < to; row++) {
            long source = x + firstRows[row] * rowBytes;
            long line = lines + (row - from) * lineBytes;
            int count = counts[row];
            for (int j = 0; j < whole; j += LANES) {
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, source + 4L * j, ORDER);
                for (int tap = 1; tap < count; tap++) {
                    a = a.add(FloatVector.fromMemorySegment(SPECIES, ALL, source + tap * tapBytes + 4L * j, ORDER));
                }
                a.intoMemorySegment(ALL, line + 4L * j, ORDER);
            }
            if (whole < width) {
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, source + 4L * whole, ORDER, rest);
                for (int tap = 1; tap < count; tap++) {
                    a = a.add(FloatVector.fromMemorySegment(
                            SPECIES, ALL, source + tap * tapBytes + 4L * whole, ORDER, rest));
                }
                a.intoMemorySegment(ALL, line + 4L * whole, ORDER);
            }
        }
    }

    private static void two(
            long x,
            long rowBytes,
            int[] firstRows,
            int[] counts,
            int from,
            int to,
            long tapBytes,
            int width,
            long lines,
            long lineBytes,
            long partBytes) {
        for (int row = from; row < to; row++) {
            long source = x + firstRows[row] * rowBytes;
            long line = lines + (row - from) * lineBytes;
            int count = counts[row];
            for (int j = 0; j < width; j += 2 * LANES) {
                VectorMask<Float> low = SPECIES.indexInRange(j, width);
                VectorMask<Float> high = SPECIES.indexInRange(j + LANES, width);
                long at = source + 4L * j;
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, low);
                FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, at + 4L * LANES, ORDER, high);
                for (int tap = 1; tap < count; tap++) {
                    at += tapBytes;
                    a = a.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, low));
                    b = b.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 4L * LANES, ORDER, high));
                }
                IntVector first = a.reinterpretAsInts();
                IntVector second = b.reinterpretAsInts();
                ChannelsFirstMaxPool.EVEN.selectFrom(first, second).intoMemorySegment(ALL, line + 2L * j, ORDER);
                ChannelsFirstMaxPool.ODD
                        .selectFrom(first, second)
                        .intoMemorySegment(ALL, line + partBytes + 2L * j, ORDER);
            }
        }
    }

    /**
     * Reads lines and writes rows of {@code cells} each to address y.
     *
     * @param counted rows that each mean of a row of windows counts
     * @param counts address of the columns that each mean of a column of windows counts, whole vectors
     */
    static void across(
            long lines, long lineBytes, int[] taps, int[] counted, int from, int to, long counts, long y, int cells) {
        if (taps.length == TAPS && cells >= LANES) {
            AveragePoolThreeTaps.across(lines, lineBytes, taps, counted, from, to, counts, y, cells);
            return;
        }
        VectorMask<Float> mask = SPECIES.indexInRange(0, cells);
        for (int row = from; row < to; row++) {
            long line = lines + (row - from) * lineBytes;
            long target = y + 4L * row * cells;
            for (int j = 0; j < cells; j += LANES) {
                // The last vector overlaps the one before.
                int place = Math.max(0, Math.min(j, cells - LANES));
                FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ALL, line + taps[0] + 4L * place, ORDER);
                for (int tap = 1; tap < taps.length; tap++) {
                    sum = sum.add(FloatVector.fromMemorySegment(SPECIES, ALL, line + taps[tap] + 4L * place, ORDER));
                }
                FloatVector mean = sum.div(FloatVector.fromMemorySegment(SPECIES, ALL, counts + 4L * place, ORDER)
                        .mul(counted[row]));
                if (cells < LANES) {
                    mean.intoMemorySegment(ALL, target, ORDER, mask);
                } else {
                    mean.intoMemorySegment(ALL, target + 4L * place, ORDER);
                }
            }
        }
    }

    /**
     * The mean of all cells of each channel. One sum a lane, then halves of the lanes: a vector's own sum depends on the
     * compiler that saw it.
     */
    static void whole(int channels, int cells, long x, long y) {
        int whole = SPECIES.loopBound(cells);
        VectorMask<Float> rest = SPECIES.indexInRange(whole, cells);
        for (int channel = 0; channel < channels; channel++) {
            long from = x + 4L * channel * cells;
            FloatVector sums = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * whole, ORDER, rest);
            for (int j = 0; j < whole; j += LANES) {
                sums = sums.add(FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * j, ORDER));
            }
            sums = sums.add(sums.rearrange(HALF));
            sums = sums.add(sums.rearrange(QUARTER));
            if (LANES >= 8) {
                sums = sums.add(sums.rearrange(EIGHTH));
            }
            if (LANES >= 16) {
                sums = sums.add(sums.rearrange(SIXTEENTH));
            }
            ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, y + 4L * channel, sums.lane(0) / cells);
        }
    }
}
