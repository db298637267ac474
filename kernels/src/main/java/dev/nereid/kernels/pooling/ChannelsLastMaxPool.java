package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Window;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Max pooling with the channels last, for windows of the usual sizes that lie in the input as a whole: a vector of channels
 * at a time, rows before columns. The maximum of two floats takes about five instructions, because NaN must propagate; a comparison and a blend take two. So the loops compare and blend, and also add all inputs: if the sum is NaN an input may be NaN, and the caller repeats the row with the slow loop.
 */
final class ChannelsLastMaxPool {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private static final int THREE = 3;

    private ChannelsLastMaxPool() {}

    /** Whether there is a loop for windows of which so many rows lie in the input. */
    static boolean has(Window window, int rows) {
        int kernel = window.kernel()[1];
        int stride = window.stride()[1];
        boolean square = kernel == 2 || (kernel == THREE && stride <= 2);
        return square && window.dilation()[1] == 1 && rows >= 1 && rows <= kernel;
    }

    /**
     * Output cells side by side.
     *
     * @param channels at least a vector of them
     * @param x address of what the first window reads first
     * @param rows rows of a window
     * @param window for which {@link #has} loops
     * @param y address of the first output cell
     * @return whether they are right
     */
    static boolean row(int channels, long x, int rows, long rowStep, long cellBytes, Window window, int count, long y) {
        // Repeating a row does not change the maximum: a window may read fewer rows than the loop does.
        long second = rows > 1 ? rowStep : 0;
        long third = rows > 2 ? 2 * rowStep : second;
        int stride = window.stride()[1];
        boolean right = true;
        for (int done = 0; right && done < channels; done += LANES) {
            long channel = 4L * ChannelsLastPooling.vector(done, channels);
            if (window.kernel()[1] == 2) {
                right = two(x + channel, second, cellBytes, stride * cellBytes, count, y + channel);
            } else if (stride == 2) {
                right = threeByTwo(x + channel, second, third, cellBytes, count, y + channel);
            } else {
                right = threeByOne(x + channel, second, third, cellBytes, count, y + channel);
            }
        }
        return right;
    }

    /** Windows of two rows and two columns. */
    private static boolean two(long x, long second, long cellBytes, long cellStep, int count, long y) {
        FloatVector sum = FloatVector.zero(SPECIES);
        long from = x;
        long to = y;
        for (int i = 0; i < count; i++) {
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, from + second, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, from + cellBytes, ORDER);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, from + second + cellBytes, ORDER);
            sum = sum.add(a.add(b).add(c.add(d)));
            a = a.blend(b, b.compare(VectorOperators.GT, a));
            c = c.blend(d, d.compare(VectorOperators.GT, c));
            a = a.blend(c, c.compare(VectorOperators.GT, a));
            a.intoMemorySegment(ALL, to, ORDER);
            from += cellStep;
            to += cellBytes;
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    /** Windows of three rows and three columns that move by two: the last column is the next one's first. */
    private static boolean threeByTwo(long x, long second, long third, long cellBytes, int count, long y) {
        FloatVector top = FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER);
        FloatVector middle = FloatVector.fromMemorySegment(SPECIES, ALL, x + second, ORDER);
        FloatVector bottom = FloatVector.fromMemorySegment(SPECIES, ALL, x + third, ORDER);
        FloatVector sum = top.add(middle).add(bottom);
        FloatVector left = top.blend(middle, middle.compare(VectorOperators.GT, top));
        left = left.blend(bottom, bottom.compare(VectorOperators.GT, left));
        long from = x + cellBytes;
        long to = y;
        for (int i = 0; i < count; i++) {
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, from + second, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, from + third, ORDER);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, from + cellBytes, ORDER);
            FloatVector e = FloatVector.fromMemorySegment(SPECIES, ALL, from + second + cellBytes, ORDER);
            FloatVector f = FloatVector.fromMemorySegment(SPECIES, ALL, from + third + cellBytes, ORDER);
            sum = sum.add(a.add(b).add(c).add(d.add(e).add(f)));
            FloatVector inner = a.blend(b, b.compare(VectorOperators.GT, a));
            inner = inner.blend(c, c.compare(VectorOperators.GT, inner));
            FloatVector right = d.blend(e, e.compare(VectorOperators.GT, d));
            right = right.blend(f, f.compare(VectorOperators.GT, right));
            FloatVector highest = left.blend(inner, inner.compare(VectorOperators.GT, left));
            highest = highest.blend(right, right.compare(VectorOperators.GT, highest));
            highest.intoMemorySegment(ALL, to, ORDER);
            left = right;
            from += 2 * cellBytes;
            to += cellBytes;
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    /** Windows of three rows and three columns that move by one: the last two columns are the next one's first. */
    private static boolean threeByOne(long x, long second, long third, long cellBytes, int count, long y) {
        FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, x + second, ORDER);
        FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, x + third, ORDER);
        FloatVector sum = a.add(b).add(c);
        FloatVector left = a.blend(b, b.compare(VectorOperators.GT, a));
        left = left.blend(c, c.compare(VectorOperators.GT, left));
        a = FloatVector.fromMemorySegment(SPECIES, ALL, x + cellBytes, ORDER);
        b = FloatVector.fromMemorySegment(SPECIES, ALL, x + second + cellBytes, ORDER);
        c = FloatVector.fromMemorySegment(SPECIES, ALL, x + third + cellBytes, ORDER);
        sum = sum.add(a.add(b).add(c));
        FloatVector inner = a.blend(b, b.compare(VectorOperators.GT, a));
        inner = inner.blend(c, c.compare(VectorOperators.GT, inner));
        long from = x + 2 * cellBytes;
        long to = y;
        for (int i = 0; i < count; i++) {
            a = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            b = FloatVector.fromMemorySegment(SPECIES, ALL, from + second, ORDER);
            c = FloatVector.fromMemorySegment(SPECIES, ALL, from + third, ORDER);
            sum = sum.add(a.add(b).add(c));
            FloatVector right = a.blend(b, b.compare(VectorOperators.GT, a));
            right = right.blend(c, c.compare(VectorOperators.GT, right));
            FloatVector highest = left.blend(inner, inner.compare(VectorOperators.GT, left));
            highest = highest.blend(right, right.compare(VectorOperators.GT, highest));
            highest.intoMemorySegment(ALL, to, ORDER);
            left = inner;
            inner = right;
            from += cellBytes;
            to += cellBytes;
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }
}
