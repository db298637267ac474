package dev.nereid.kernels.pooling;

import dev.nereid.kernels.convolution.Window;

/**
 * Rows of output pixels of max pooling by a {@link MaxPoolKernel}: the windows that lie in the input in one call, the others
 * one by one.
 */
final class MaxPoolRows {
    private final MaxPoolKernel kernel;
    private final Window window;
    private final int channels;
    private final long cellBytes;

    MaxPoolRows(MaxPoolKernel kernel, Window window, int channels) {
        this.kernel = kernel;
        this.window = window;
        this.channels = channels;
        this.cellBytes = (long) channels * Float.BYTES;
    }

    /**
     * One row of windows.
     *
     * @param x address of the item
     * @param y address of the row's first cell
     * @return false if an input may be NaN; y is then undefined
     */
    boolean row(int row, long x, long y) {
        int begin = ChannelsLastPooling.firstWhole(window);
        int end = Math.max(begin, ChannelsLastPooling.endOfWhole(window));
        return oneByOne(row, 0, begin, x, y)
                && (end == begin || cells(row, begin, end - begin, x, y))
                && oneByOne(row, end, window.output()[1], x, y);
    }

    private boolean oneByOne(int row, int from, int to, long x, long y) {
        for (int column = from; column < to; column++) {
            if (!cells(row, column, 1, x, y)) {
                return false;
            }
        }
        return true;
    }

    private boolean cells(int row, int column, int count, long x, long y) {
        int top = ChannelsLastPooling.first(window, 0, row);
        int left = ChannelsLastPooling.first(window, 1, column);
        long rowBytes = window.input()[1] * cellBytes;
        return kernel.cells(
                channels,
                count,
                x + window.position(0, row, top) * rowBytes + window.position(1, column, left) * cellBytes,
                ChannelsLastPooling.end(window, 0, row) - top,
                window.dilation()[0] * rowBytes,
                ChannelsLastPooling.end(window, 1, column) - left,
                window.dilation()[1] * cellBytes,
                window.stride()[1] * cellBytes,
                y + column * cellBytes);
    }
}
