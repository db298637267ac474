package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GT;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Max pooling with the channels first by {@link LinePooling}, with the comparisons of {@link MaxPoolLines}. */
final class ChannelsFirstMaxPool {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTEGERS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    /** Of two vectors, the lanes with even numbers; those with odd ones follow each of them. */
    static final IntVector EVEN = IntVector.zero(INTEGERS).addIndex(2);

    static final IntVector ODD = EVEN.add(1);

    private ChannelsFirstMaxPool() {}

    /**
     * Writes lines.
     *
     * @param x address of a channel
     * @param firstRows the first row of the channel that each row of windows reads
     * @param counts how many it reads
     * @param line address of the first line's first cell that is no padding
     * @return false if an input may be NaN; the result is then undefined
     */
    static boolean down(LinePooling lines, long x, int[] firstRows, int[] counts, int from, int to, long line) {
        int width = lines.window().input()[1];
        long rowBytes = (long) width * Float.BYTES;
        return lines.phases() == 1
                ? down(x, rowBytes, firstRows, counts, from, to, lines.tapBytes(), width, line, lines.lineBytes())
                : two(
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

    /** Writes lines of one part; each row of windows reads a row at least. Returns false if an input may be NaN, as the other one. */
    static boolean down(
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
        VectorMask<Float> beyond = rest.not();
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int row = from; row < to; row++) {
            long source = x + firstRows[row] * rowBytes;
            long line = lines + (row - from) * lineBytes;
            int count = counts[row];
            for (int j = 0; j < whole; j += LANES) {
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, source + 4L * j, ORDER);
                sum = sum.add(a);
                for (int tap = 1; tap < count; tap++) {
                    FloatVector b =
                            FloatVector.fromMemorySegment(SPECIES, ALL, source + tap * tapBytes + 4L * j, ORDER);
                    sum = sum.add(b);
                    a = a.blend(b, b.compare(GT, a));
                }
                a.intoMemorySegment(ALL, line + 4L * j, ORDER);
            }
            if (whole < width) {
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, source + 4L * whole, ORDER, rest);
                sum = sum.add(a);
                for (int tap = 1; tap < count; tap++) {
                    FloatVector b = FloatVector.fromMemorySegment(
                            SPECIES, ALL, source + tap * tapBytes + 4L * whole, ORDER, rest);
                    sum = sum.add(b);
                    a = a.blend(b, b.compare(GT, a));
                }
                a.blend(Float.NEGATIVE_INFINITY, beyond).intoMemorySegment(ALL, line + 4L * whole, ORDER);
            }
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    private static boolean two(
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
        int whole = width / (2 * LANES) * 2 * LANES;
        VectorMask<Float> low = SPECIES.indexInRange(whole, width);
        VectorMask<Float> high = SPECIES.indexInRange(whole + LANES, width);
        VectorMask<Float> beyondLow = low.not();
        VectorMask<Float> beyondHigh = high.not();
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int row = from; row < to; row++) {
            long source = x + firstRows[row] * rowBytes;
            long line = lines + (row - from) * lineBytes;
            int count = counts[row];
            for (int j = 0; j < whole; j += 2 * LANES) {
                long at = source + 4L * j;
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
                FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, at + 4L * LANES, ORDER);
                sum = sum.add(a.add(b));
                for (int tap = 1; tap < count; tap++) {
                    at += tapBytes;
                    FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
                    FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, at + 4L * LANES, ORDER);
                    sum = sum.add(c.add(d));
                    a = a.blend(c, c.compare(GT, a));
                    b = b.blend(d, d.compare(GT, b));
                }
                IntVector first = a.reinterpretAsInts();
                IntVector second = b.reinterpretAsInts();
                EVEN.selectFrom(first, second).intoMemorySegment(ALL, line + 2L * j, ORDER);
                ODD.selectFrom(first, second).intoMemorySegment(ALL, line + partBytes + 2L * j, ORDER);
            }
            if (whole < width) {
                long at = source + 4L * whole;
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, low);
                FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, at + 4L * LANES, ORDER, high);
                sum = sum.add(a.add(b));
                for (int tap = 1; tap < count; tap++) {
                    at += tapBytes;
                    FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, low);
                    FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, at + 4L * LANES, ORDER, high);
                    sum = sum.add(c.add(d));
                    a = a.blend(c, c.compare(GT, a));
                    b = b.blend(d, d.compare(GT, b));
                }
                IntVector first = a.blend(Float.NEGATIVE_INFINITY, beyondLow).reinterpretAsInts();
                IntVector second = b.blend(Float.NEGATIVE_INFINITY, beyondHigh).reinterpretAsInts();
                EVEN.selectFrom(first, second).intoMemorySegment(ALL, line + 2L * whole, ORDER);
                ODD.selectFrom(first, second).intoMemorySegment(ALL, line + partBytes + 2L * whole, ORDER);
            }
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    /** Reads lines, none of whose cells is NaN, and writes {@code rows} rows of {@code cells} each to address y. */
    static void across(long lines, long lineBytes, int[] taps, int rows, long y, int cells) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, cells);
        for (int row = 0; row < rows; row++) {
            long line = lines + row * lineBytes;
            long to = y + 4L * row * cells;
            for (int j = 0; j < cells; j += LANES) {
                // The last vector overlaps the one before.
                int place = Math.max(0, Math.min(j, cells - LANES));
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, line + taps[0] + 4L * place, ORDER);
                for (int tap = 1; tap < taps.length; tap++) {
                    FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, line + taps[tap] + 4L * place, ORDER);
                    a = a.blend(b, b.compare(GT, a));
                }
                if (cells < LANES) {
                    a.intoMemorySegment(ALL, to, ORDER, mask);
                } else {
                    a.intoMemorySegment(ALL, to + 4L * place, ORDER);
                }
            }
        }
    }
}
