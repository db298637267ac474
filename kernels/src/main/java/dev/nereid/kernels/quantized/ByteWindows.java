package dev.nereid.kernels.quantized;

import java.util.Arrays;

/**
 * Where the windows of a convolution lie over its input. Axes are spatial ones alone.
 *
 * @param input spatial extents of the input
 * @param window spatial extents of the window
 * @param output spatial extents of the output
 * @param strides steps of the window, one an axis
 * @param dilations steps within the window, one an axis
 * @param padding elements before the first one, one an axis; may be negative
 */
@SuppressWarnings("ArrayRecordComponent")
public record ByteWindows(
        long[] input, long[] window, long[] output, long[] strides, long[] dilations, long[] padding) {
    public ByteWindows {
        for (int axis = 0; axis < input.length; axis++) {
            if (window[axis] < 1 || output[axis] < 0 || strides[axis] < 1 || dilations[axis] < 1) {
                throw new IllegalArgumentException("windows of " + Arrays.toString(window) + ", strides "
                        + Arrays.toString(strides) + ", dilations " + Arrays.toString(dilations) + ", output "
                        + Arrays.toString(output));
            }
        }
    }

    /** The number of output positions. */
    public int positions() {
        return Math.toIntExact(product(output));
    }

    /** The number of input positions. */
    public long inputPositions() {
        return product(input);
    }

    public int axes() {
        return input.length;
    }

    /**
     * Which input position the window's element lies over, counted in row-major order, or -1 beyond the edge.
     *
     * @param at an output position, one index an axis
     * @param in an element of the window, one index an axis
     */
    public long inputPosition(long[] at, long[] in) {
        long position = 0;
        for (int axis = 0; axis < input.length; axis++) {
            long index = at[axis] * strides[axis] + in[axis] * dilations[axis] - padding[axis];
            if (index < 0 || index >= input[axis]) {
                return -1;
            }
            position = position * input[axis] + index;
        }
        return position;
    }

    /** The index of position {@code position} in row-major order of {@code extents}. */
    public static long[] index(long position, long[] extents) {
        long[] index = new long[extents.length];
        long rest = position;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            index[axis] = rest % extents[axis];
            rest /= extents[axis];
        }
        return index;
    }

    /** Moves an index on to the next position in row-major order; after the last one comes the first. */
    public static void advance(long[] index, long[] extents) {
        for (int axis = index.length - 1; axis >= 0; axis--) {
            if (++index[axis] < extents[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }

    private static long product(long[] extents) {
        long product = 1;
        for (long extent : extents) {
            product *= extent;
        }
        return product;
    }
}
