package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Max and average pooling with the channels first, for windows whose column stride is three or more: the rows under a row of
 * windows are reduced to one line, then each window reduces its columns, from the left.
 *
 * @param firstRows the first row that each row of windows reads
 * @param rows how many rows it reads
 * @param firstColumns the first column that each column of windows reads
 * @param columns how many columns it reads
 */
@SuppressWarnings("ArrayRecordComponent")
record WideStridePooling(Window window, int[] firstRows, int[] rows, int[] firstColumns, int[] columns) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static WideStridePooling of(Window window) {
        return new WideStridePooling(window, first(window, 0), counts(window, 0), first(window, 1), counts(window, 1));
    }

    /** The first position along an axis that each window reads; anything for one that reads none. */
    static int[] first(Window window, int axis) {
        int[] first = new int[window.output()[axis]];
        Arrays.setAll(first, at -> {
            int tap = 0;
            while (tap < window.kernel()[axis] - 1 && window.position(axis, at, tap) < 0) {
                tap++;
            }
            return window.position(axis, at, tap);
        });
        return first;
    }

    /** How many positions along an axis each window reads. */
    static int[] counts(Window window, int axis) {
        int[] counts = new int[window.output()[axis]];
        for (int at = 0; at < counts.length; at++) {
            for (int tap = 0; tap < window.kernel()[axis]; tap++) {
                int position = window.position(axis, at, tap);
                counts[at] += position >= 0 && position < window.input()[axis] ? 1 : 0;
            }
        }
        return counts;
    }

    /**
     * Writes the means of a channel.
     *
     * @param counted rows that each mean of a row of windows counts
     * @param counts address of the columns that each mean of a column of windows counts
     * @param line address of a row of the input, whole vectors
     */
    void means(int[] counted, long counts, long x, long y, long line) {
        int width = window.input()[1];
        int cells = window.output()[1];
        long rowBytes = (long) Float.BYTES * width;
        long tapBytes = window.dilation()[0] * rowBytes;
        for (int row = 0; row < rows.length; row++) {
            long to = y + (long) Float.BYTES * row * cells;
            if (rows[row] == 0) {
                ALL.asSlice(line, rowBytes).fill((byte) 0);
            } else {
                ChannelsFirstAveragePool.down(x, rowBytes, firstRows, rows, row, row + 1, tapBytes, width, line, 0);
            }
            across(line, counted[row], counts, to);
        }
    }

    /**
     * Writes the maxima of a channel.
     *
     * @param line address of a row of the input, whole vectors
     */
    void maxPool(long x, long y, long line) {
        int width = window.input()[1];
        int cells = window.output()[1];
        long rowBytes = (long) Float.BYTES * width;
        long tapBytes = window.dilation()[0] * rowBytes;
        for (int row = 0; row < rows.length; row++) {
            boolean right = rows[row] > 0
                    && ChannelsFirstMaxPool.down(x, rowBytes, firstRows, rows, row, row + 1, tapBytes, width, line, 0);
            if (!right) {
                MaxPoolLines.ofAnyLines(x + firstRows[row] * rowBytes, taps(row, (int) tapBytes), line, width);
            }
            maxAcross(line, y + (long) Float.BYTES * row * cells);
        }
    }

    /** Bytes from the first row that a row of windows reads to each of them. */
    private int[] taps(int row, int tapBytes) {
        int[] taps = new int[rows[row]];
        Arrays.setAll(taps, tap -> tap * tapBytes);
        return taps;
    }

    private void maxAcross(long line, long y) {
        long step = (long) Float.BYTES * window.dilation()[1];
        for (int cell = 0; cell < columns.length; cell++) {
            long from = line + (long) Float.BYTES * firstColumns[cell];
            int count = columns[cell];
            float maxPool = Float.NEGATIVE_INFINITY;
            for (int column = 0; column < count; column++) {
                maxPool = Math.max(maxPool, ALL.get(FLOAT, from + column * step));
            }
            ALL.set(FLOAT, y + (long) Float.BYTES * cell, maxPool);
        }
    }

    private void across(long line, int counted, long counts, long y) {
        long step = (long) Float.BYTES * window.dilation()[1];
        for (int cell = 0; cell < columns.length; cell++) {
            long from = line + (long) Float.BYTES * firstColumns[cell];
            int count = columns[cell];
            float sum = 0;
            for (int column = 0; column < count; column++) {
                sum += ALL.get(FLOAT, from + column * step);
            }
            long at = (long) Float.BYTES * cell;
            ALL.set(FLOAT, y + at, sum / (counted * ALL.get(FLOAT, counts + at)));
        }
    }
}
