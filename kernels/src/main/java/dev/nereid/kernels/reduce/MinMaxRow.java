package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.UMAX;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The maximum and the minimum of a row of 32-bit floats no shorter than a vector; NaN if an element is NaN, and -0 below +0.
 * The greatest and the least of two floats are five to six instructions, those of integers one: as integers, floats with a
 * sign are in the reverse of their order, and those without are in it, NaN at either end.
 */
final class MinMaxRow {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private static final int LANES = SPECIES.length();

    /** Numbers from which on a row is faster here than by comparisons of floats; at least those of a vector. */
    static final int WORTH_WHILE = 8 * LANES;

    private static final int INFINITY = 0x7f800000;
    private static final int NEGATIVE_INFINITY = 0xff800000;

    private MinMaxRow() {}

    /**
     * An extreme of the numbers at an address.
     *
     * @param greatest which one
     */
    static float of(long x, int length, boolean greatest) {
        // With the greatest as signed integers and as unsigned ones: the highest without a sign, the lowest with one.
        int last = length - LANES;
        IntVector a = IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * last, ORDER);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        int i = 0;
        for (; i <= last - LANES; i += 2 * LANES) {
            IntVector v = IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER);
            IntVector w = IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * (i + LANES), ORDER);
            a = a.lanewise(MAX, v);
            b = b.lanewise(MAX, w);
            c = c.lanewise(UMAX, v);
            d = d.lanewise(UMAX, w);
        }
        if (i <= last) {
            IntVector v = IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER);
            a = a.lanewise(MAX, v);
            c = c.lanewise(UMAX, v);
        }
        int signed = a.lanewise(MAX, b).reduceLanes(MAX);
        // Not reduceLanes(UMAX), which begins with the sign bit as long as it is not compiled.
        int unsigned = c.lanewise(UMAX, d).lanewise(XOR, Integer.MIN_VALUE).reduceLanes(MAX) ^ Integer.MIN_VALUE;
        if (signed > INFINITY || Integer.compareUnsigned(unsigned, NEGATIVE_INFINITY) > 0) {
            return Float.NaN;
        }
        if (greatest) {
            return Float.intBitsToFloat(signed >= 0 ? signed : leastInteger(x, length));
        }
        return Float.intBitsToFloat(unsigned < 0 ? unsigned : leastInteger(x, length));
    }

    /** Where all numbers have one sign, the greatest of those with it or the least of those without. */
    private static int leastInteger(long x, int length) {
        int last = length - LANES;
        IntVector a = IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * last, ORDER);
        for (int i = 0; i < last; i += LANES) {
            a = a.lanewise(MIN, IntVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER));
        }
        return a.reduceLanes(MIN);
    }
}
