package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Products of integers of 64 bits, which wrap: as {@link IntProducts} does it. */
final class LongProducts {
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);
    private static final int LANES = SPECIES.length();
    private static final long BYTES = Long.BYTES;

    private LongProducts() {}

    /** {@code c = a * b}, b and c with contiguous rows. */
    static void multiply(Matrix a, Matrix b, Matrix c) {
        a.checkBounds(Long.BYTES);
        b.checkBounds(Long.BYTES);
        c.checkBounds(Long.BYTES);
        int tiled = c.rows() / 4 * 4;
        for (int column = 0; column < c.columns(); column += 2 * LANES) {
            VectorMask<Long> first = SPECIES.indexInRange(column, c.columns());
            VectorMask<Long> second = SPECIES.indexInRange(column + LANES, c.columns());
            for (int row = 0; row < tiled; row += 4) {
                fourRows(a, b, c, row, column, first, second);
            }
            for (int row = tiled; row < c.rows(); row++) {
                row(a, b, c, row, column, first, second);
            }
        }
    }

    private static long address(Matrix matrix, int row, int column) {
        return matrix.segment().address() + matrix.index(row, column) * BYTES;
    }

    private static void fourRows(
            Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Long> first, VectorMask<Long> second) {
        long left = address(a, row, 0);
        long next = a.rowStride() * BYTES;
        long right = address(b, 0, column);
        LongVector c00 = LongVector.zero(SPECIES);
        LongVector c01 = c00;
        LongVector c10 = c00;
        LongVector c11 = c00;
        LongVector c20 = c00;
        LongVector c21 = c00;
        LongVector c30 = c00;
        LongVector c31 = c00;
        for (int k = 0; k < a.columns(); k++) {
            LongVector b0 = LongVector.fromMemorySegment(SPECIES, ALL, right, ORDER, first);
            LongVector b1 = LongVector.fromMemorySegment(SPECIES, ALL, right + LANES * BYTES, ORDER, second);
            long v0 = ALL.get(LONG, left);
            c00 = c00.add(b0.mul(v0));
            c01 = c01.add(b1.mul(v0));
            long v1 = ALL.get(LONG, left + next);
            c10 = c10.add(b0.mul(v1));
            c11 = c11.add(b1.mul(v1));
            long v2 = ALL.get(LONG, left + 2 * next);
            c20 = c20.add(b0.mul(v2));
            c21 = c21.add(b1.mul(v2));
            long v3 = ALL.get(LONG, left + 3 * next);
            c30 = c30.add(b0.mul(v3));
            c31 = c31.add(b1.mul(v3));
            left += a.columnStride() * BYTES;
            right += b.rowStride() * BYTES;
        }
        put(c00, c01, address(c, row, column), first, second);
        put(c10, c11, address(c, row + 1, column), first, second);
        put(c20, c21, address(c, row + 2, column), first, second);
        put(c30, c31, address(c, row + 3, column), first, second);
    }

    private static void row(
            Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Long> first, VectorMask<Long> second) {
        long left = address(a, row, 0);
        long right = address(b, 0, column);
        LongVector c0 = LongVector.zero(SPECIES);
        LongVector c1 = c0;
        for (int k = 0; k < a.columns(); k++) {
            long v = ALL.get(LONG, left);
            c0 = c0.add(LongVector.fromMemorySegment(SPECIES, ALL, right, ORDER, first)
                    .mul(v));
            c1 = c1.add(LongVector.fromMemorySegment(SPECIES, ALL, right + LANES * BYTES, ORDER, second)
                    .mul(v));
            left += a.columnStride() * BYTES;
            right += b.rowStride() * BYTES;
        }
        put(c0, c1, address(c, row, column), first, second);
    }

    private static void put(LongVector c0, LongVector c1, long to, VectorMask<Long> first, VectorMask<Long> second) {
        c0.intoMemorySegment(ALL, to, ORDER, first);
        c1.intoMemorySegment(ALL, to + LANES * BYTES, ORDER, second);
    }
}
