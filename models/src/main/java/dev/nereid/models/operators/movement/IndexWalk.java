package dev.nereid.models.operators.movement;

import dev.nereid.tensor.Shape;

/** Iterates over all multi-indices of a shape, the last axis fastest. */
final class IndexWalk {
    private final long[] dims;
    private final long[] position;

    IndexWalk(Shape shape) {
        this.dims = shape.dims();
        this.position = new long[dims.length];
    }

    /** The index along an axis. */
    long at(int axis) {
        return position[axis];
    }

    void next() {
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            if (++position[axis] < dims[axis]) {
                return;
            }
            position[axis] = 0;
        }
    }
}
