package dev.nereid.kernels.matmul;

import dev.nereid.kernels.matmul.MicroKernelGenerator.Addend;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Earlier;
import dev.nereid.kernels.matmul.MicroKernels.Family;

/**
 * Many products of matrices so small that what comes before the first multiplication of each would take as long as the
 * product: here it comes once for all. The kernels, and with them every bit, are those of a product alone.
 */
record SmallProducts(MicroKernels kernels, MatrixBatch a, MatrixBatch b, MatrixBatch c) {
    /** Multiply-adds of a product that takes some microseconds, beside which the way to it is nothing. */
    private static final long SMALL = 1 << 18;

    /** Whether the products are such: of matrices with contiguous rows, of one panel and one chain of k. */
    boolean areSmall(int panelColumns) {
        return a.first().hasContiguousRows()
                && b.first().hasContiguousRows()
                && b.first().columns() <= panelColumns
                && a.first().columns() <= MatMulKernels.CHAIN
                && one() <= SMALL;
    }

    private long one() {
        return (long) a.first().rows() * a.first().columns() * b.first().columns();
    }

    /** Multiply-adds of all products. */
    long work() {
        return one() * c.size();
    }

    /** Checks that sizes fit each other and all matrices lie within their segments. */
    void check() {
        if (a.size() != c.size() || b.size() != c.size()) {
            throw new IllegalArgumentException(
                    c.size() + " products of " + a.size() + " left and " + b.size() + " right sides");
        }
        ProductChecks.checkSizes(a.first(), b.first().rows(), b.first().columns(), c.first());
        a.checkBounds();
        b.checkBounds();
        c.checkBounds();
    }

    /** Computes the products [from, to). */
    void run(int from, int to) {
        int rows = a.first().rows();
        int columns = b.first().columns();
        if (rows == 0 || columns == 0) {
            return;
        }
        int tail = columns % kernels.lanes();
        Family family = kernels.family(
                Math.ceilDiv(columns, kernels.lanes()), Earlier.NONE, Addend.NONE, tail != 0, false, false);
        int k = a.first().columns();
        long aFirst = a.first().address(0, 0);
        long bFirst = b.first().address(0, 0);
        long cFirst = c.first().address(0, 0);
        long aStride = a.first().rowStride() * Float.BYTES;
        long bStride = b.first().rowStride() * Float.BYTES;
        long cStride = c.first().rowStride() * Float.BYTES;
        for (int i = from; i < to; i++) {
            long left = aFirst + a.offsets()[i] * Float.BYTES;
            long right = bFirst + b.offsets()[i] * Float.BYTES;
            long product = cFirst + c.offsets()[i] * Float.BYTES;
            int number = 0;
            for (int row = 0; row < rows; row += family.height(number)) {
                number = family.tallest(rows - row);
                long at = product + row * cStride;
                family.kernel(number)
                        .run(k, tail, left + row * aStride, aStride, right, bStride, at, cStride, at, cStride);
            }
        }
    }
}
