package dev.nereid.kernels.scalar;

/** Iterates over the multi-indices of a shape in row-major order. */
final class MultiIndex {
    private MultiIndex() {}

    /** Moves to the next position; back to all zeros after the last. */
    static void next(int[] position, int[] extents) {
        for (int axis = position.length - 1; axis >= 0; axis--) {
            if (++position[axis] < extents[axis]) {
                return;
            }
            position[axis] = 0;
        }
    }

    /** The number of a position in row-major order. */
    static int number(int[] position, int[] extents) {
        int number = 0;
        for (int axis = 0; axis < extents.length; axis++) {
            number = number * extents[axis] + position[axis];
        }
        return number;
    }
}
