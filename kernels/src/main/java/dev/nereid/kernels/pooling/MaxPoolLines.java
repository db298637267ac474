package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Maxima of adjacent pixels. The maximum of two floats takes about five instructions, because NaN must propagate; a comparison and a blend take two. So the loops compare and blend, and also add all inputs: if the sum is NaN an input may be NaN, and the caller repeats the row with the slow loop.
 */
final class MaxPoolLines {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private static final int THREE = 3;

    private MaxPoolLines() {}

    /**
     * The maxima of several lines, position by position.
     *
     * @param from the address that lines are counted from
     * @param lines bytes from there to each line; at least one
     * @param y address that takes {@code count} cells; of no line
     * @return false if an input may be NaN; the result is then undefined
     */
    static boolean ofLines(long from, int[] lines, long y, int count) {
        boolean right = true;
        for (int done = 0; done < lines.length; ) {
            // The first three; then what there is with two more. Repeating a line does not change the maximum.
            boolean first = done == 0;
            int last = lines.length - 1;
            long a = first ? from + lines[0] : y;
            long b = from + lines[first ? Math.min(1, last) : done];
            long c = from + lines[Math.min(done + (first ? 2 : 1), last)];
            right &= count < LANES ? few(a, b, c, y, count) : ofThree(a, b, c, y, count);
            done += first ? THREE : 2;
        }
        return right;
    }

    private static boolean ofThree(long first, long second, long third, long y, int count) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < count; i += LANES) {
            // The last vector overlaps the one before.
            long place = 4L * Math.min(i, count - LANES);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, first + place, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, second + place, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, third + place, ORDER);
            sum = sum.add(a.add(b).add(c));
            a = a.blend(b, b.compare(VectorOperators.GT, a));
            a = a.blend(c, c.compare(VectorOperators.GT, a));
            a.intoMemorySegment(ALL, y + place, ORDER);
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    private static boolean few(long first, long second, long third, long y, int count) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, count);
        FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, first, ORDER, mask);
        FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, second, ORDER, mask);
        FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, third, ORDER, mask);
        FloatVector sum = a.add(b).add(c);
        a = a.blend(b, b.compare(VectorOperators.GT, a));
        a = a.blend(c, c.compare(VectorOperators.GT, a));
        a.intoMemorySegment(ALL, y, ORDER, mask);
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    /** As {@link #ofLines}, slower and right for whatever the cells are. */
    static void ofAnyLines(long from, int[] lines, long y, int count) {
        for (int i = 0; i < count; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, count);
            FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            for (int line = 0; line < lines.length; line++) {
                highest = highest.max(
                        FloatVector.fromMemorySegment(SPECIES, ALL, from + lines[line] + 4L * i, ORDER, mask));
            }
            highest.intoMemorySegment(ALL, y + 4L * i, ORDER, mask);
        }
    }

    /** The maximum of the cells at an address. */
    static float of(long x, int count) {
        if (count >= LANES) {
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector highest = FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER);
            for (int i = 0; i < count; i += LANES) {
                FloatVector cells =
                        FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * Math.min(i, count - LANES), ORDER);
                sum = sum.add(cells);
                highest = highest.blend(cells, cells.compare(VectorOperators.GT, highest));
            }
            if (!sum.test(VectorOperators.IS_NAN).anyTrue()) {
                return highest.reduceLanes(VectorOperators.MAX);
            }
        }
        return ofAny(x, count);
    }

    private static float ofAny(long x, int count) {
        FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, count);
            FloatVector cells = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER, mask);
            highest = highest.lanewise(VectorOperators.MAX, cells, mask);
        }
        return highest.reduceLanes(VectorOperators.MAX);
    }
}
