package dev.nereid.kernels.pooling;

/**
 * A max pooling kernel for {@code FP32}. A call returns false if an input is NaN; y is then undefined. Operands are
 * addresses, strides are in bytes, nothing is checked. Stateless; any number of threads.
 */
public interface MaxPoolKernel {
    /** Fewest channels of {@link #cells}. */
    int LEAST_CHANNELS = 8;

    /** Most columns of a window of {@link #plane}. */
    int MOST_COLUMNS = 32;

    /**
     * Channels-last max pooling of a row of windows of equal size.
     *
     * @param rows how often the first window's rows follow, from x on; none gives negative infinity
     * @param xRow from a row that a window reads to the next one
     * @param xColumn from a column that a window reads to the next one
     * @param xCell from a window to the next one
     * @param y of the first window's channels; those of the next ones follow without gaps
     * @return false if an input is NaN; y is then undefined
     */
    boolean cells(int channels, int count, long x, int rows, long xRow, int columns, long xColumn, long xCell, long y);

    /**
     * Channels-first max pooling of one channel by {@link LinePooling}.
     *
     * @param window address of INT32 [6, 2]: the axes' input, kernel, stride, dilation, padding and output
     * @param line address of the first line's first cell that is no padding
     * @return false if an input is NaN; y is then undefined
     */
    boolean plane(long window, int lineRows, int partCells, long x, long line, long y);
}
