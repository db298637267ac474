package dev.nereid.kernels.convolution;

import java.util.Arrays;

/**
 * How a window moves over the spatial axes of a tensor: for output position o and tap t of an axis it reads input
 * position {@code o * stride - padding + t * dilation}, and what lies outside of the input is padding. All arrays have
 * one number an axis and are not to be changed.
 *
 * @param padding cells of padding before the first cell of the input
 */
@SuppressWarnings("ArrayRecordComponent")
public record Window(int[] input, int[] kernel, int[] stride, int[] dilation, int[] padding, int[] output) {
    public Window {
        int rank = input.length;
        for (int[] numbers : new int[][] {kernel, stride, dilation, padding, output}) {
            if (numbers.length != rank) {
                throw new IllegalArgumentException(
                        "a window over " + rank + " axes, but numbers for " + numbers.length + " axes");
            }
        }
        for (int axis = 0; axis < rank; axis++) {
            if (kernel[axis] < 1 || stride[axis] < 1 || dilation[axis] < 1 || output[axis] < 0) {
                throw new IllegalArgumentException("a window of kernel " + Arrays.toString(kernel) + ", stride "
                        + Arrays.toString(stride) + ", dilation " + Arrays.toString(dilation) + ", output "
                        + Arrays.toString(output));
            }
            // Positions are counted in 32 bits.
            long last = Math.max(0, output[axis] - 1L) * stride[axis]
                    - padding[axis]
                    + (kernel[axis] - 1L) * dilation[axis];
            if (last > Integer.MAX_VALUE || (kernel[axis] - 1L) * dilation[axis] > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("a window that reads position " + last + " of axis " + axis);
            }
        }
    }

    public int rank() {
        return input.length;
    }

    /** Input cells of one channel. */
    public int inputs() {
        return product(input);
    }

    /** Output cells of one channel. */
    public int outputs() {
        return product(output);
    }

    /** Cells of the kernel. */
    public int taps() {
        return product(kernel);
    }

    /** Whether every output cell is made of the input cell at the same place. */
    public boolean isPointwise() {
        boolean pointwise = true;
        for (int axis = 0; axis < rank(); axis++) {
            pointwise &= kernel[axis] == 1 && stride[axis] == 1 && padding[axis] == 0 && input[axis] == output[axis];
        }
        return pointwise;
    }

    /** Whether its taps lie next to each other, and it moves by the same stride along all axes, of {@code most} at most. */
    public boolean movesEvenly(int most) {
        boolean evenly = true;
        for (int axis = 0; axis < rank(); axis++) {
            evenly &= dilation[axis] == 1 && stride[axis] == stride[0] && stride[axis] <= most;
        }
        return evenly;
    }

    /** The same window over two axes, with axes of one cell in front; only for ranks up to 2. */
    public Window inTwoAxes() {
        return new Window(
                front(input, 1),
                front(kernel, 1),
                front(stride, 1),
                front(dilation, 1),
                front(padding, 0),
                front(output, 1));
    }

    /** The window over the axes [{@code from}, {@code to}) alone. */
    public Window axes(int from, int to) {
        return new Window(
                Arrays.copyOfRange(input, from, to),
                Arrays.copyOfRange(kernel, from, to),
                Arrays.copyOfRange(stride, from, to),
                Arrays.copyOfRange(dilation, from, to),
                Arrays.copyOfRange(padding, from, to),
                Arrays.copyOfRange(output, from, to));
    }

    /** The position along {@code axis} that a tap reads; outside of [0, input) it is padding. */
    public int position(int axis, int at, int tap) {
        return at * stride[axis] - padding[axis] + tap * dilation[axis];
    }

    private static int[] front(int[] numbers, int filler) {
        int[] two = {filler, filler};
        System.arraycopy(numbers, 0, two, 2 - numbers.length, numbers.length);
        return two;
    }

    private static int product(int[] numbers) {
        int product = 1;
        for (int number : numbers) {
            product = Math.multiplyExact(product, number);
        }
        return product;
    }
}
