package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Means, sums of squares and normalisation of the columns of a few rows: a vector of columns at a time, all rows of it.
 * Fewer columns than a vector need a mask. Operands are addresses, which are not checked.
 */
final class ColumnMoments {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final int FOUR = 4;

    private ColumnMoments() {}

    /** Writes {@code moments}: [2, columns], the mean of each column and the sum of the squared differences to it. */
    static void measure(int rows, int columns, long x, long moments) {
        long rowBytes = 4L * columns;
        int column = 0;
        for (; column <= columns - LANES; column += LANES) {
            mean(rows, rowBytes, x + 4L * column, moments + 4L * column);
            squares(rows, rowBytes, x + 4L * column, moments + 4L * column, moments + rowBytes + 4L * column);
        }
        if (column < columns) {
            measureRest(rows, rowBytes, SPECIES.indexInRange(column, columns), x + 4L * column, moments + 4L * column);
        }
    }

    private static void mean(int rows, long rowBytes, long x, long mean) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long at = x;
        int row = 0;
        for (; row <= rows - FOUR; row += FOUR) {
            a = a.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
            b = b.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + rowBytes, ORDER));
            c = c.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * rowBytes, ORDER));
            d = d.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * rowBytes, ORDER));
            at += FOUR * rowBytes;
        }
        for (; row < rows; row++) {
            a = a.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
            at += rowBytes;
        }
        a.add(b).add(c.add(d)).div(rows).intoMemorySegment(ALL, mean, ORDER);
    }

    private static void squares(int rows, long rowBytes, long x, long mean, long squares) {
        FloatVector middle = FloatVector.fromMemorySegment(SPECIES, ALL, mean, ORDER);
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long at = x;
        int row = 0;
        for (; row <= rows - FOUR; row += FOUR) {
            FloatVector p =
                    FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER).sub(middle);
            FloatVector q = FloatVector.fromMemorySegment(SPECIES, ALL, at + rowBytes, ORDER)
                    .sub(middle);
            FloatVector r = FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * rowBytes, ORDER)
                    .sub(middle);
            FloatVector s = FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * rowBytes, ORDER)
                    .sub(middle);
            a = p.fma(p, a);
            b = q.fma(q, b);
            c = r.fma(r, c);
            d = s.fma(s, d);
            at += FOUR * rowBytes;
        }
        for (; row < rows; row++) {
            FloatVector p =
                    FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER).sub(middle);
            a = p.fma(p, a);
            at += rowBytes;
        }
        a.add(b).add(c.add(d)).intoMemorySegment(ALL, squares, ORDER);
    }

    private static void measureRest(int rows, long rowBytes, VectorMask<Float> mask, long x, long moments) {
        FloatVector sum = FloatVector.zero(SPECIES);
        long at = x;
        for (int row = 0; row < rows; row++) {
            sum = sum.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
            at += rowBytes;
        }
        sum.div(rows).intoMemorySegment(ALL, moments, ORDER, mask);
        squaresOfRest(rows, rowBytes, mask, x, moments);
    }

    private static void squaresOfRest(int rows, long rowBytes, VectorMask<Float> mask, long x, long moments) {
        FloatVector middle = FloatVector.fromMemorySegment(SPECIES, ALL, moments, ORDER, mask);
        FloatVector squares = FloatVector.zero(SPECIES);
        long at = x;
        for (int row = 0; row < rows; row++) {
            FloatVector p =
                    FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask).sub(middle);
            squares = p.fma(p, squares);
            at += rowBytes;
        }
        squares.intoMemorySegment(ALL, moments + rowBytes, ORDER, mask);
    }

    /**
     * {@code y = (x - changes[0]) * changes[1] + changes[2]}, column by column; y may be x.
     *
     * @param changes [3, columns]
     */
    static void change(int rows, int columns, long x, long changes, long y) {
        long rowBytes = 4L * columns;
        int column = 0;
        for (; column <= columns - LANES; column += LANES) {
            long at = 4L * column;
            change(rows, rowBytes, x + at, changes + at, y + at);
        }
        if (column < columns) {
            long at = 4L * column;
            changeRest(rows, rowBytes, SPECIES.indexInRange(column, columns), x + at, changes + at, y + at);
        }
    }

    private static void change(int rows, long rowBytes, long x, long changes, long y) {
        FloatVector mean = FloatVector.fromMemorySegment(SPECIES, ALL, changes, ORDER);
        FloatVector factor = FloatVector.fromMemorySegment(SPECIES, ALL, changes + rowBytes, ORDER);
        FloatVector term = FloatVector.fromMemorySegment(SPECIES, ALL, changes + 2 * rowBytes, ORDER);
        for (int row = 0; row < rows; row++) {
            long at = row * rowBytes;
            FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER)
                    .sub(mean)
                    .fma(factor, term)
                    .intoMemorySegment(ALL, y + at, ORDER);
        }
    }

    private static void changeRest(int rows, long rowBytes, VectorMask<Float> mask, long x, long changes, long y) {
        FloatVector mean = FloatVector.fromMemorySegment(SPECIES, ALL, changes, ORDER, mask);
        FloatVector factor = FloatVector.fromMemorySegment(SPECIES, ALL, changes + rowBytes, ORDER, mask);
        FloatVector term = FloatVector.fromMemorySegment(SPECIES, ALL, changes + 2 * rowBytes, ORDER, mask);
        for (int row = 0; row < rows; row++) {
            long at = row * rowBytes;
            FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER, mask)
                    .sub(mean)
                    .fma(factor, term)
                    .intoMemorySegment(ALL, y + at, ORDER, mask);
        }
    }
}
