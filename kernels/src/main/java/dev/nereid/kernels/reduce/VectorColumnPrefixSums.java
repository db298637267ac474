package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Prefix sums (CumSum) of 32-bit floats down columns, a column a lane. Conversions stand in the loops written out, which are
 * so long that the JVM compiles each for itself and not a second time with all that calls it.
 */
final class VectorColumnPrefixSums implements ColumnPrefixSums {
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

    /** As many floats as there are doubles in a vector. */
    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

    private static final int LANES = DOUBLES.length();
    private static final long BYTES = (long) Float.BYTES * LANES;

    /** Columns of eight vectors, and of four. */
    private static final int EIGHT = 8 * LANES;

    private static final int FOUR = 4 * LANES;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @Override
    public int least() {
        return LANES;
    }

    /** As wide as columns fill vectors. The last vectors take columns of those before once more. */
    @Override
    public void run(long x, long y, int length, int inner, long stride) {
        int i = 0;
        for (; i <= inner - EIGHT; i += EIGHT) {
            eight(x + (long) Float.BYTES * i, y + (long) Float.BYTES * i, length, stride);
        }
        for (; i < inner && inner >= FOUR; i += FOUR) {
            long at = (long) Float.BYTES * Math.min(i, inner - FOUR);
            four(x + at, y + at, length, stride);
        }
        for (; i < inner; i += LANES) {
            long at = (long) Float.BYTES * Math.min(i, inner - LANES);
            one(x + at, y + at, length, stride);
        }
    }

    /** Eight vectors side by side. */
    private static void eight(long x, long y, int length, long stride) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        DoubleVector b = a;
        DoubleVector c = a;
        DoubleVector d = a;
        DoubleVector e = a;
        DoubleVector f = a;
        DoubleVector g = a;
        DoubleVector h = a;
        for (int row = 0; row < length; row++) {
            a = a.add(
                    FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER).convertShape(VectorOperators.F2D, DOUBLES, 0));
            b = b.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            c = c.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 2 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            d = d.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 3 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            e = e.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            f = f.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 5 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            g = g.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 6 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            h = h.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 7 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            ((FloatVector) a.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y, ORDER);
            ((FloatVector) b.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + BYTES, ORDER);
            ((FloatVector) c.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 2 * BYTES, ORDER);
            ((FloatVector) d.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 3 * BYTES, ORDER);
            ((FloatVector) e.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 4 * BYTES, ORDER);
            ((FloatVector) f.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 5 * BYTES, ORDER);
            ((FloatVector) g.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 6 * BYTES, ORDER);
            ((FloatVector) h.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 7 * BYTES, ORDER);
            x += stride;
            y += stride;
        }
    }

    /** Four vectors side by side: so many as hide how long a sum takes. */
    private static void four(long x, long y, int length, long stride) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        DoubleVector b = a;
        DoubleVector c = a;
        DoubleVector d = a;
        for (int row = 0; row < length; row++) {
            a = a.add(
                    FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER).convertShape(VectorOperators.F2D, DOUBLES, 0));
            b = b.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            c = c.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 2 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            d = d.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 3 * BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0));
            ((FloatVector) a.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y, ORDER);
            ((FloatVector) b.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + BYTES, ORDER);
            ((FloatVector) c.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 2 * BYTES, ORDER);
            ((FloatVector) d.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y + 3 * BYTES, ORDER);
            x += stride;
            y += stride;
        }
    }

    private static void one(long x, long y, int length, long stride) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        for (int row = 0; row < length; row++) {
            a = a.add(
                    FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER).convertShape(VectorOperators.F2D, DOUBLES, 0));
            ((FloatVector) a.convertShape(VectorOperators.D2F, FLOATS, 0)).intoMemorySegment(ALL, y, ORDER);
            x += stride;
            y += stride;
        }
    }
}
