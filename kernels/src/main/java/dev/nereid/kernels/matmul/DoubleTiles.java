package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of {@code FP64} by tiles of eight rows and one vector of columns, to the bit those of {@link DoubleProducts}:
 * enough chains of additions that none waits for itself. For processors with as many registers.
 */
final class DoubleTiles {
    private static final int ROWS = 8;

    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ORDER);
    private static final long BYTES = Double.BYTES;
    private static final int WIDEST_BITS = 512;

    private DoubleTiles() {}

    /**
     * Computes a vector of columns, those of the mask, for rows from the first on: as many as there are tiles, none where the
     * processor has not the registers.
     *
     * @param b with contiguous rows, as c
     * @return how many they are
     */
    static int multiply(Matrix a, Matrix b, Matrix c, int column, VectorMask<Double> mask) {
        if (SPECIES.vectorBitSize() < WIDEST_BITS) {
            return 0;
        }
        a.checkBounds(Double.BYTES);
        b.checkBounds(Double.BYTES);
        c.checkBounds(Double.BYTES);
        int tiled = c.rows() / ROWS * ROWS;
        for (int row = 0; row < tiled; row += ROWS) {
            tile(a, b, c, row, column, mask);
        }
        return tiled;
    }

    private static long address(Matrix matrix, int row, int column) {
        return matrix.segment().address() + matrix.index(row, column) * BYTES;
    }

    /** Eight rows and one vector of columns, those of the mask. */
    private static void tile(Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Double> mask) {
        long left = address(a, row, 0);
        long next = a.rowStride() * BYTES;
        long lower = left + 4 * next;
        long right = address(b, 0, column);
        DoubleVector c00 = DoubleVector.zero(SPECIES);
        DoubleVector c10 = c00;
        DoubleVector c20 = c00;
        DoubleVector c30 = c00;
        DoubleVector c40 = c00;
        DoubleVector c50 = c00;
        DoubleVector c60 = c00;
        DoubleVector c70 = c00;
        for (int k = 0; k < a.columns(); k++) {
            DoubleVector b0 = DoubleVector.fromMemorySegment(SPECIES, ALL, right, ORDER, mask);
            DoubleVector v0 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, left));
            c00 = b0.fma(v0, c00);
            DoubleVector v1 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, left + next));
            c10 = b0.fma(v1, c10);
            DoubleVector v2 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, left + 2 * next));
            c20 = b0.fma(v2, c20);
            DoubleVector v3 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, left + 3 * next));
            c30 = b0.fma(v3, c30);
            DoubleVector v4 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, lower));
            c40 = b0.fma(v4, c40);
            DoubleVector v5 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, lower + next));
            c50 = b0.fma(v5, c50);
            DoubleVector v6 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, lower + 2 * next));
            c60 = b0.fma(v6, c60);
            DoubleVector v7 = DoubleVector.broadcast(SPECIES, ALL.get(DOUBLE, lower + 3 * next));
            c70 = b0.fma(v7, c70);
            left += a.columnStride() * BYTES;
            lower += a.columnStride() * BYTES;
            right += b.rowStride() * BYTES;
        }
        c00.intoMemorySegment(ALL, address(c, row, column), ORDER, mask);
        c10.intoMemorySegment(ALL, address(c, row + 1, column), ORDER, mask);
        c20.intoMemorySegment(ALL, address(c, row + 2, column), ORDER, mask);
        c30.intoMemorySegment(ALL, address(c, row + 3, column), ORDER, mask);
        c40.intoMemorySegment(ALL, address(c, row + 4, column), ORDER, mask);
        c50.intoMemorySegment(ALL, address(c, row + 5, column), ORDER, mask);
        c60.intoMemorySegment(ALL, address(c, row + 6, column), ORDER, mask);
        c70.intoMemorySegment(ALL, address(c, row + 7, column), ORDER, mask);
    }
}
