package dev.nereid.kernels.blockwise;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products with weights of few bits in blocks. A row's result does not depend on its neighbours or on the number of workers.
 * Stateless; for any number of threads.
 */
public interface BlockwiseKernels {
    /** How exactly the left side has to be taken. */
    enum Left {
        /**
         * As it is: an element is a sum of chains as in {@link dev.nereid.kernels.matmul.MatMulKernels}, with the weights as
         * floats, {@code (number - zeroPoint) * scale} rounded once; the bias comes last.
         */
        FLOATS,
        /**
         * May be rounded to bytes, block by block: the largest magnitude becomes 127, the others are multiplied with one by
         * that scale and rounded to the nearest, half to even; a block has zeros where its scale would be subnormal, which
         * then counts as zero, or is not finite. An element is the chain of {@code fma(dot, aScale * bScale, sum)} over the
         * blocks from zero, the dot products exact; the bias comes last.
         */
        ROUNDED
    }

    /** Bytes of scratch memory that a product of so many rows needs. */
    long scratchBytes(int rows, BlockwiseMatrix b, Left left, Workers workers);

    /**
     * The product {@code y = a * b + bias}.
     *
     * @param a float [m, k], with contiguous rows
     * @param bias float [n]
     * @param y float [m, n], with contiguous rows; must not overlap the others
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void multiply(
            Matrix a,
            BlockwiseMatrix b,
            Left left,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            Workers workers);

    /** Checks that a product makes sense, and that its left side, its bias and its result lie in their memory. */
    static void check(Matrix a, BlockwiseMatrix b, Optional<MemorySegment> bias, Matrix y) {
        if (a.columns() != b.k() || y.rows() != a.rows() || y.columns() != b.n()) {
            throw new IllegalArgumentException("a product of [" + a.rows() + "," + a.columns() + "] and [" + b.k() + ","
                    + b.n() + "] into [" + y.rows() + "," + y.columns() + "]");
        }
        if (!a.hasContiguousRows() || !y.hasContiguousRows()) {
            throw new IllegalArgumentException("a product of rows that are not contiguous");
        }
        a.checkBounds();
        y.checkBounds();
        if (bias.isPresent() && bias.get().byteSize() < (long) Float.BYTES * b.n()) {
            throw new IllegalArgumentException(
                    "a bias of " + bias.get().byteSize() + " bytes for " + b.n() + " columns");
        }
    }
}
