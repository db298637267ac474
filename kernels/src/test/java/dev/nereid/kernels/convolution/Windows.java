package dev.nereid.kernels.convolution;

import java.util.Arrays;

/** Windows that move alike along all axes. */
public final class Windows {
    private Windows() {}

    public static Window of(int[] input, int[] kernel, int stride, int dilation, int padding) {
        int rank = input.length;
        int[] output = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            output[axis] = (input[axis] + 2 * padding - (kernel[axis] - 1) * dilation - 1) / stride + 1;
        }
        return new Window(input, kernel, all(rank, stride), all(rank, dilation), all(rank, padding), output);
    }

    private static int[] all(int rank, int number) {
        int[] numbers = new int[rank];
        Arrays.fill(numbers, number);
        return numbers;
    }
}
