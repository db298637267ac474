package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.ValueLayout;

/**
 * Indices of max pooling, once the maxima are known: the first pixel under a window that equals the maximum. Branch-free, because a branch on the values would be mispredicted half of the time.
 *
 * @param window over two axes
 */
record MaxPoolIndices(Window window) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int SIGN = 31;

    /**
     * Finds the places of a channel.
     *
     * @param x address of the channel's cells
     * @param y address of the maxima; both zeros may stand for each other, and get the sign that is found
     * @param indices address that takes the numbers of the cells as {@code INT64}
     * @param first number of the channel's first cell
     */
    void ofChannel(long x, long y, long indices, long first) {
        int rows = window.output()[0];
        int columns = window.output()[1];
        for (int row = 0; row < rows; row++) {
            ofRow(row, x, y + (long) Float.BYTES * row * columns, indices + (long) Long.BYTES * row * columns, first);
        }
    }

    private void ofRow(int row, long x, long y, long indices, long first) {
        int columns = window.output()[1];
        int width = window.input()[1];
        int dilation = window.dilation()[1];
        int top = window.position(0, row, firstTap(0, row));
        int bottom = window.position(0, row, endTap(0, row));
        int step = window.dilation()[0];
        for (int column = 0; column < columns; column++) {
            int left = window.position(1, column, firstTap(1, column));
            int right = window.position(1, column, endTap(1, column));
            float highest = ALL.get(FLOAT, y + (long) Float.BYTES * column);
            int place = Float.isNaN(highest)
                    ? firstNaN(x, width, top, bottom, step, left, right, dilation)
                    : firstOf(highest + 0f, x, width, top, bottom, step, left, right, dilation);
            if (place >= 0) {
                ALL.set(FLOAT, y + (long) Float.BYTES * column, ALL.get(FLOAT, x + (long) Float.BYTES * place));
            }
            ALL.set(LONG, indices + (long) Long.BYTES * column, place < 0 ? place : first + place);
        }
    }

    /** The first tap along an axis that reads no padding. */
    private int firstTap(int axis, int at) {
        int position = window.position(axis, at, 0);
        return position >= 0 ? 0 : Math.ceilDiv(-position, window.dilation()[axis]);
    }

    /** The tap behind the last along an axis that reads no padding. */
    private int endTap(int axis, int at) {
        int taps = window.kernel()[axis];
        int beyond = window.position(axis, at, taps - 1) - window.input()[axis] + 1;
        return beyond <= 0 ? taps : taps - Math.ceilDiv(beyond, window.dilation()[axis]);
    }

    /** From the last cell to the first: each that has the same bits takes the place over. */
    private static int firstOf(
            float highest, long x, int width, int top, int bottom, int step, int left, int right, int dilation) {
        int bits = Float.floatToRawIntBits(highest);
        int place = -1;
        for (int row = bottom - step; row >= top; row -= step) {
            for (int column = right - dilation; column >= left; column -= dilation) {
                int cell = row * width + column;
                int difference = Float.floatToRawIntBits(ALL.get(FLOAT, x + (long) Float.BYTES * cell) + 0f) ^ bits;
                int differs = (difference | -difference) >> SIGN;
                place = (place & differs) | (cell & ~differs);
            }
        }
        return place;
    }

    private static int firstNaN(long x, int width, int top, int bottom, int step, int left, int right, int dilation) {
        for (int row = top; row < bottom; row += step) {
            for (int column = left; column < right; column += dilation) {
                int cell = row * width + column;
                if (Float.isNaN(ALL.get(FLOAT, x + (long) Float.BYTES * cell))) {
                    return cell;
                }
            }
        }
        return -1;
    }
}
