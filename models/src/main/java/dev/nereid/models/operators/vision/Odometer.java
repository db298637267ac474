package dev.nereid.models.operators.vision;

/** Counts through the cells of a box, the last axis fastest. */
final class Odometer {
    private Odometer() {}

    /** The next index; after the last one the first. */
    static void next(int[] index, int[] extents) {
        for (int axis = index.length - 1; axis >= 0; axis--) {
            if (++index[axis] < extents[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }

    /** The index of the cell with a number. */
    static int[] at(int number, int[] extents) {
        int[] index = new int[extents.length];
        int rest = number;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            index[axis] = rest % extents[axis];
            rest /= extents[axis];
        }
        return index;
    }
}
