package dev.nereid.kernels.layout;

import java.util.Arrays;

/**
 * A strided copy in canonical form: axes of extent 1 are removed, and neighbouring axes that are contiguous on both sides
 * are merged. Has at least one axis; strides count elements.
 */
@SuppressWarnings("ArrayRecordComponent")
record StridedCopy(long[] dims, long[] xStrides, long[] yStrides) {
    static StridedCopy of(long[] dims, long[] xStrides, long[] yStrides) {
        long[] newDims = new long[Math.max(dims.length, 1)];
        long[] newX = new long[newDims.length];
        long[] newY = new long[newDims.length];
        int rank = 0;
        for (int axis = 0; axis < dims.length; axis++) {
            if (dims[axis] == 1) {
                continue;
            }
            int last = rank - 1;
            if (rank > 0 && newX[last] == xStrides[axis] * dims[axis] && newY[last] == yStrides[axis] * dims[axis]) {
                newDims[last] *= dims[axis];
                newX[last] = xStrides[axis];
                newY[last] = yStrides[axis];
            } else {
                newDims[rank] = dims[axis];
                newX[rank] = xStrides[axis];
                newY[rank] = yStrides[axis];
                rank++;
            }
        }
        if (rank == 0) {
            return new StridedCopy(new long[] {1}, new long[] {1}, new long[] {1});
        }
        return new StridedCopy(Arrays.copyOf(newDims, rank), Arrays.copyOf(newX, rank), Arrays.copyOf(newY, rank));
    }

    int rank() {
        return dims.length;
    }

    /** The axis, innermost excepted, along which x is dense; -1 if there is none. */
    int denseAxisOfX() {
        for (int axis = dims.length - 2; axis >= 0; axis--) {
            if (xStrides[axis] == 1) {
                return axis;
            }
        }
        return -1;
    }

    long elements() {
        long product = 1;
        for (long dim : dims) {
            product *= dim;
        }
        return product;
    }
}
