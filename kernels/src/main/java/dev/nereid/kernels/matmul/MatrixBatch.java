package dev.nereid.kernels.matmul;

import java.util.Objects;

/**
 * A batch of matrices of the same shape and strides: number i begins {@code offsets[i]} elements behind {@code first}.
 *
 * @param first a matrix, which need not be one of the series
 * @param offsets in elements, not negative
 */
@SuppressWarnings("ArrayRecordComponent") // as long as a batch; never compared
public record MatrixBatch(Matrix first, long... offsets) {
    public MatrixBatch {
        Objects.requireNonNull(first, "first");
    }

    /** Number of matrices. */
    public int size() {
        return offsets.length;
    }

    /** One matrix. */
    public Matrix get(int i) {
        return new Matrix(
                first.segment(),
                first.offset() + offsets[i],
                first.rows(),
                first.columns(),
                first.rowStride(),
                first.columnStride());
    }

    /**
     * Checks that all elements of all matrices lie in the segment.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    void checkBounds() {
        int least = 0;
        int most = 0;
        for (int i = 1; i < offsets.length; i++) {
            least = offsets[i] < offsets[least] ? i : least;
            most = offsets[i] > offsets[most] ? i : most;
        }
        if (offsets.length > 0) {
            get(least).checkBounds();
            get(most).checkBounds();
        }
    }
}
