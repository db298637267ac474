package dev.nereid.kernels.matmul;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of {@code FP64}, as models of scikit-learn have them. Where rows of b lie in memory as they are, an element is
 * a chain of fused multiply-adds in ascending k, to the bit the oracle's; where its columns do, the lanes of a vector are
 * sums of their own.
 */
final class DoubleProducts {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final long BYTES = Double.BYTES;

    private DoubleProducts() {}

    /** Whether {@link #multiply} takes matrices with such strides. */
    static boolean fit(Matrix a, Matrix b, Matrix c) {
        boolean columns = b.columnStride() == 1;
        boolean dots = b.rowStride() == 1 && a.columnStride() == 1;
        return c.columnStride() == 1 && (columns || dots);
    }

    /** {@code c = a * b}, of matrices that {@link #fit}. */
    static void multiply(Matrix a, Matrix b, Matrix c) {
        if (b.columnStride() == 1) {
            columns(a, b, c);
        } else {
            dots(a, b, c);
        }
    }

    private static void columns(Matrix a, Matrix b, Matrix c) {
        int tiled = c.rows() / 4 * 4;
        int column = 0;
        for (; column + 2 * LANES <= c.columns() && tiled > 0; column += 2 * LANES) {
            for (int row = 0; row < tiled; row += 4) {
                fourRows(a, b, c, row, column);
            }
        }
        for (; column < c.columns() && tiled > 0; column += LANES) {
            VectorMask<Double> mask = SPECIES.indexInRange(column, c.columns());
            for (int row = DoubleTiles.multiply(a, b, c, column, mask); row < tiled; row += 4) {
                fourRows(a, b, c, row, column, mask);
            }
        }
        for (int row = tiled; row < c.rows(); row++) {
            int first = 0;
            for (; first + 4 * LANES <= c.columns(); first += 4 * LANES) {
                row(a, b, c, row, first);
            }
            for (; first < c.columns(); first += LANES) {
                row(a, b, c, row, first, SPECIES.indexInRange(first, c.columns()));
            }
        }
    }

    /** Four rows and two vectors of columns. */
    private static void fourRows(Matrix a, Matrix b, Matrix c, int row, int column) {
        MemorySegment left = NativeSegments.exact(a.segment());
        MemorySegment right = NativeSegments.exact(b.segment());
        long aNext = a.columnStride() * BYTES;
        long bNext = b.rowStride() * BYTES;
        long a0 = a.index(row, 0) * BYTES;
        long a1 = a.index(row + 1, 0) * BYTES;
        long a2 = a.index(row + 2, 0) * BYTES;
        long a3 = a.index(row + 3, 0) * BYTES;
        long at = b.index(0, column) * BYTES;
        DoubleVector c00 = DoubleVector.zero(SPECIES);
        DoubleVector c01 = c00;
        DoubleVector c10 = c00;
        DoubleVector c11 = c00;
        DoubleVector c20 = c00;
        DoubleVector c21 = c00;
        DoubleVector c30 = c00;
        DoubleVector c31 = c00;
        for (int k = 0; k < a.columns(); k++) {
            DoubleVector b0 = DoubleVector.fromMemorySegment(SPECIES, right, at, ORDER);
            DoubleVector b1 = DoubleVector.fromMemorySegment(SPECIES, right, at + LANES * BYTES, ORDER);
            at += bNext;
            DoubleVector v0 = DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a0 + k * aNext));
            c00 = b0.fma(v0, c00);
            c01 = b1.fma(v0, c01);
            DoubleVector v1 = DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a1 + k * aNext));
            c10 = b0.fma(v1, c10);
            c11 = b1.fma(v1, c11);
            DoubleVector v2 = DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a2 + k * aNext));
            c20 = b0.fma(v2, c20);
            c21 = b1.fma(v2, c21);
            DoubleVector v3 = DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a3 + k * aNext));
            c30 = b0.fma(v3, c30);
            c31 = b1.fma(v3, c31);
        }
        MemorySegment y = NativeSegments.exact(c.segment());
        put(c00, c01, y, c.index(row, column));
        put(c10, c11, y, c.index(row + 1, column));
        put(c20, c21, y, c.index(row + 2, column));
        put(c30, c31, y, c.index(row + 3, column));
    }

    /** Four rows and one vector of columns, those of the mask. */
    private static void fourRows(Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Double> mask) {
        MemorySegment left = NativeSegments.exact(a.segment());
        MemorySegment right = NativeSegments.exact(b.segment());
        long aNext = a.columnStride() * BYTES;
        long bNext = b.rowStride() * BYTES;
        long a0 = a.index(row, 0) * BYTES;
        long a1 = a.index(row + 1, 0) * BYTES;
        long a2 = a.index(row + 2, 0) * BYTES;
        long a3 = a.index(row + 3, 0) * BYTES;
        long at = b.index(0, column) * BYTES;
        DoubleVector c0 = DoubleVector.zero(SPECIES);
        DoubleVector c1 = c0;
        DoubleVector c2 = c0;
        DoubleVector c3 = c0;
        for (int k = 0; k < a.columns(); k++) {
            DoubleVector w = DoubleVector.fromMemorySegment(SPECIES, right, at + k * bNext, ORDER, mask);
            c0 = w.fma(DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a0 + k * aNext)), c0);
            c1 = w.fma(DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a1 + k * aNext)), c1);
            c2 = w.fma(DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a2 + k * aNext)), c2);
            c3 = w.fma(DoubleVector.broadcast(SPECIES, left.get(DOUBLE, a3 + k * aNext)), c3);
        }
        MemorySegment y = NativeSegments.exact(c.segment());
        c0.intoMemorySegment(y, c.index(row, column) * BYTES, ORDER, mask);
        c1.intoMemorySegment(y, c.index(row + 1, column) * BYTES, ORDER, mask);
        c2.intoMemorySegment(y, c.index(row + 2, column) * BYTES, ORDER, mask);
        c3.intoMemorySegment(y, c.index(row + 3, column) * BYTES, ORDER, mask);
    }

    private static void put(DoubleVector first, DoubleVector second, MemorySegment y, long index) {
        first.intoMemorySegment(y, index * BYTES, ORDER);
        second.intoMemorySegment(y, (index + LANES) * BYTES, ORDER);
    }

    /** One row and four vectors of columns. */
    private static void row(Matrix a, Matrix b, Matrix c, int row, int column) {
        MemorySegment left = NativeSegments.exact(a.segment());
        MemorySegment right = NativeSegments.exact(b.segment());
        long from = a.index(row, 0) * BYTES;
        long aNext = a.columnStride() * BYTES;
        long at = b.index(0, column) * BYTES;
        long bNext = b.rowStride() * BYTES;
        DoubleVector c0 = DoubleVector.zero(SPECIES);
        DoubleVector c1 = c0;
        DoubleVector c2 = c0;
        DoubleVector c3 = c0;
        for (int k = 0; k < a.columns(); k++) {
            DoubleVector v = DoubleVector.broadcast(SPECIES, left.get(DOUBLE, from + k * aNext));
            c0 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, at, ORDER), c0);
            c1 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, at + LANES * BYTES, ORDER), c1);
            c2 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, at + 2L * LANES * BYTES, ORDER), c2);
            c3 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, at + 3L * LANES * BYTES, ORDER), c3);
            at += bNext;
        }
        MemorySegment y = NativeSegments.exact(c.segment());
        put(c0, c1, y, c.index(row, column));
        put(c2, c3, y, c.index(row, column) + 2L * LANES);
    }

    /** One row and one vector of columns, those of the mask. */
    private static void row(Matrix a, Matrix b, Matrix c, int row, int column, VectorMask<Double> mask) {
        MemorySegment left = NativeSegments.exact(a.segment());
        MemorySegment right = NativeSegments.exact(b.segment());
        MemorySegment y = NativeSegments.exact(c.segment());
        long from = a.index(row, 0) * BYTES;
        long aNext = a.columnStride() * BYTES;
        long at = b.index(0, column) * BYTES;
        long bNext = b.rowStride() * BYTES;
        DoubleVector sum = DoubleVector.zero(SPECIES);
        for (int k = 0; k < a.columns(); k++) {
            DoubleVector w = DoubleVector.fromMemorySegment(SPECIES, right, at + k * bNext, ORDER, mask);
            sum = w.fma(DoubleVector.broadcast(SPECIES, left.get(DOUBLE, from + k * aNext)), sum);
        }
        sum.intoMemorySegment(y, c.index(row, column) * BYTES, ORDER, mask);
    }

    private static void dots(Matrix a, Matrix b, Matrix c) {
        MemorySegment y = NativeSegments.exact(c.segment());
        for (int row = 0; row < c.rows(); row++) {
            int column = 0;
            for (; column + 4 <= c.columns(); column += 4) {
                fourDots(a, row, b, column, y, c.index(row, column) * BYTES);
            }
            for (; column < c.columns(); column++) {
                y.set(DOUBLE, c.index(row, column) * BYTES, dot(a, row, b, column));
            }
        }
    }

    /** A row by four columns, each summed up as {@link #dot} does. */
    private static void fourDots(Matrix a, int row, Matrix b, int column, MemorySegment y, long to) {
        MemorySegment left = NativeSegments.exact(a.segment());
        MemorySegment right = NativeSegments.exact(b.segment());
        long x = a.index(row, 0) * BYTES;
        long w0 = b.index(0, column) * BYTES;
        long next = b.columnStride() * BYTES;
        long w1 = w0 + next;
        long w2 = w1 + next;
        long w3 = w2 + next;
        DoubleVector s0 = DoubleVector.zero(SPECIES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int bound = SPECIES.loopBound(a.columns());
        for (int k = 0; k < bound; k += LANES) {
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, left, x + k * BYTES, ORDER);
            s0 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, w0 + k * BYTES, ORDER), s0);
            s1 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, w1 + k * BYTES, ORDER), s1);
            s2 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, w2 + k * BYTES, ORDER), s2);
            s3 = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, w3 + k * BYTES, ORDER), s3);
        }
        double r0 = s0.reduceLanes(VectorOperators.ADD);
        double r1 = s1.reduceLanes(VectorOperators.ADD);
        double r2 = s2.reduceLanes(VectorOperators.ADD);
        double r3 = s3.reduceLanes(VectorOperators.ADD);
        for (int k = bound; k < a.columns(); k++) {
            double v = left.get(DOUBLE, x + k * BYTES);
            r0 = Math.fma(v, right.get(DOUBLE, w0 + k * BYTES), r0);
            r1 = Math.fma(v, right.get(DOUBLE, w1 + k * BYTES), r1);
            r2 = Math.fma(v, right.get(DOUBLE, w2 + k * BYTES), r2);
            r3 = Math.fma(v, right.get(DOUBLE, w3 + k * BYTES), r3);
        }
        y.set(DOUBLE, to, r0);
        y.set(DOUBLE, to + BYTES, r1);
        y.set(DOUBLE, to + 2 * BYTES, r2);
        y.set(DOUBLE, to + 3 * BYTES, r3);
    }

    private static double dot(Matrix a, int row, Matrix b, int column) {
        MemorySegment left = NativeSegments.exact(a.segment());
        MemorySegment right = NativeSegments.exact(b.segment());
        long x = a.index(row, 0) * BYTES;
        long w = b.index(0, column) * BYTES;
        DoubleVector sums = DoubleVector.zero(SPECIES);
        int bound = SPECIES.loopBound(a.columns());
        for (int k = 0; k < bound; k += LANES) {
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, left, x + k * BYTES, ORDER);
            sums = v.fma(DoubleVector.fromMemorySegment(SPECIES, right, w + k * BYTES, ORDER), sums);
        }
        double sum = sums.reduceLanes(VectorOperators.ADD);
        for (int k = bound; k < a.columns(); k++) {
            sum = Math.fma(left.get(DOUBLE, x + k * BYTES), right.get(DOUBLE, w + k * BYTES), sum);
        }
        return sum;
    }

    /** {@code c = c + addend}, of rows that lie in memory as they are; an addend may repeat a row. */
    static void add(Matrix c, Matrix addend) {
        MemorySegment y = NativeSegments.exact(c.segment());
        MemorySegment x = NativeSegments.exact(addend.segment());
        for (int row = 0; row < c.rows(); row++) {
            long to = c.index(row, 0) * BYTES;
            long from = addend.index(row, 0) * BYTES;
            for (int column = 0; column < c.columns(); column += LANES) {
                VectorMask<Double> mask = SPECIES.indexInRange(column, c.columns());
                long at = column * BYTES;
                DoubleVector sum = DoubleVector.fromMemorySegment(SPECIES, y, to + at, ORDER, mask)
                        .add(DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER, mask));
                sum.intoMemorySegment(y, to + at, ORDER, mask);
            }
        }
    }
}
