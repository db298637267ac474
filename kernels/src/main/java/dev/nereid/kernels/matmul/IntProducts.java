package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Products of integers of 32 bits, which wrap: a tile of four rows and two vectors of columns at a time. */
final class IntProducts {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final int LANES = SPECIES.length();
    private static final long BYTES = Integer.BYTES;

    private IntProducts() {}

    /** {@code c = a * b}, b and c with contiguous rows. */
    static void multiply(Matrix a, Matrix b, Matrix c) {
        a.checkBounds(Integer.BYTES);
        b.checkBounds(Integer.BYTES);
        c.checkBounds(Integer.BYTES);
        int tiled = c.rows() / 4 * 4;
        for (int column = 0; column < c.columns(); column += 2 * LANES) {
            VectorMask<Integer> first = SPECIES.indexInRange(column, c.columns());
            VectorMask<Integer> second = SPECIES.indexInRange(column + LANES, c.columns());
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
            Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Integer> first, VectorMask<Integer> second) {
        long left = address(a, row, 0);
        long next = a.rowStride() * BYTES;
        long right = address(b, 0, column);
        IntVector c00 = IntVector.zero(SPECIES);
        IntVector c01 = c00;
        IntVector c10 = c00;
        IntVector c11 = c00;
        IntVector c20 = c00;
        IntVector c21 = c00;
        IntVector c30 = c00;
        IntVector c31 = c00;
        for (int k = 0; k < a.columns(); k++) {
            IntVector b0 = IntVector.fromMemorySegment(SPECIES, ALL, right, ORDER, first);
            IntVector b1 = IntVector.fromMemorySegment(SPECIES, ALL, right + LANES * BYTES, ORDER, second);
            int v0 = ALL.get(INT, left);
            c00 = c00.add(b0.mul(v0));
            c01 = c01.add(b1.mul(v0));
            int v1 = ALL.get(INT, left + next);
            c10 = c10.add(b0.mul(v1));
            c11 = c11.add(b1.mul(v1));
            int v2 = ALL.get(INT, left + 2 * next);
            c20 = c20.add(b0.mul(v2));
            c21 = c21.add(b1.mul(v2));
            int v3 = ALL.get(INT, left + 3 * next);
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
            Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Integer> first, VectorMask<Integer> second) {
        long left = address(a, row, 0);
        long right = address(b, 0, column);
        IntVector c0 = IntVector.zero(SPECIES);
        IntVector c1 = c0;
        for (int k = 0; k < a.columns(); k++) {
            int v = ALL.get(INT, left);
            c0 = c0.add(IntVector.fromMemorySegment(SPECIES, ALL, right, ORDER, first)
                    .mul(v));
            c1 = c1.add(IntVector.fromMemorySegment(SPECIES, ALL, right + LANES * BYTES, ORDER, second)
                    .mul(v));
            left += a.columnStride() * BYTES;
            right += b.rowStride() * BYTES;
        }
        put(c0, c1, address(c, row, column), first, second);
    }

    private static void put(
            IntVector c0, IntVector c1, long to, VectorMask<Integer> first, VectorMask<Integer> second) {
        c0.intoMemorySegment(ALL, to, ORDER, first);
        c1.intoMemorySegment(ALL, to + LANES * BYTES, ORDER, second);
    }
}
