package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.graph.Attributes;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;

/**
 * Which axes of a tensor are the rows and columns of matrices, and which those of a batch of them. A tensor of rank 1 has
 * rows or columns alone; the other axis is -1.
 */
@SuppressWarnings("ArrayRecordComponent")
record MatrixAxes(int[] batch, int row, int column) {
    /** Those of the left side of a product. */
    static MatrixAxes left(Attributes attributes, int rank) {
        return rank == 1
                ? new MatrixAxes(new int[0], -1, 0)
                : of(attributes.integer("transA", 0) != 0, attributes.integer("transBatchA", 0) != 0, rank);
    }

    /** Those of the right side. */
    static MatrixAxes right(Attributes attributes, int rank) {
        return rank == 1
                ? new MatrixAxes(new int[0], 0, -1)
                : of(attributes.integer("transB", 0) != 0, attributes.integer("transBatchB", 0) != 0, rank);
    }

    private static MatrixAxes of(boolean transposed, boolean rowsFirst, int rank) {
        int[] batch = new int[rank - 2];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = rowsFirst ? i + 1 : i;
        }
        int row = rowsFirst ? 0 : rank - 2;
        return transposed ? new MatrixAxes(batch, rank - 1, row) : new MatrixAxes(batch, row, rank - 1);
    }

    /** The extents of the batch that two tensors broadcast to. */
    static long[] batch(Shape a, MatrixAxes left, Shape b, MatrixAxes right) {
        int count = Math.max(left.batch.length, right.batch.length);
        long[] dims = new long[count];
        for (int i = 0; i < count; i++) {
            long x = left.batchDim(a, i - count);
            long y = right.batchDim(b, i - count);
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException("expected batches that broadcast, got " + a + " and " + b);
            }
            dims[i] = x == 1 ? y : x;
        }
        return dims;
    }

    private long batchDim(Shape shape, int fromEnd) {
        int index = batch.length + fromEnd;
        return index < 0 ? 1 : shape.dim(batch[index]);
    }

    /** Matrix number {@code index} of a batch of these extents. */
    Matrix matrix(Tensor tensor, long[] extents, long index) {
        Shape shape = tensor.shape();
        long[] strides = shape.strides();
        long offset = 0;
        long rest = index;
        for (int i = extents.length - 1; i >= 0; i--) {
            long position = rest % extents[i];
            rest /= extents[i];
            int own = batch.length + i - extents.length;
            if (own >= 0 && shape.dim(batch[own]) != 1) {
                offset += position * strides[batch[own]];
            }
        }
        return new Matrix(
                tensor.segment(),
                offset,
                row < 0 ? 1 : Math.toIntExact(shape.dim(row)),
                column < 0 ? 1 : Math.toIntExact(shape.dim(column)),
                row < 0 ? 1 : strides[row],
                column < 0 ? 1 : strides[column]);
    }
}
