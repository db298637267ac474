package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.MemorySegment;

/**
 * The line buffer of one convolution of a chain: some rows of its padded input, in memory that slides down the image as it
 * is computed.
 *
 * @param columns cells of a row, with its padding
 * @param rows rows that are read at a time
 * @param room rows that there is room for: rows that are read again are not moved each time
 */
record LineBuffer(Window window, int channels, int columns, int rows, int room) {
    /** How many times the rows that are read at a time there is room for, where some of them are read again. */
    private static final int TIMES = 2;

    /** Bytes behind the last row that may be read but mean nothing: one vector of any width. */
    private static final int SLACK = 64;

    /** Room for what so many output rows read. */
    static LineBuffer of(Window window, int channels, int outputRows) {
        int padding = window.padding()[1];
        int read = Halo.of(window, channels).columns();
        int rows = rowsRead(window, outputRows);
        int room = window.kernel()[0] > 1 ? TIMES * rows : rows;
        return new LineBuffer(window, channels, Math.max(read, padding + window.input()[1]), rows, room);
    }

    /** Rows of the padded input that so many output rows read. */
    static int rowsRead(Window window, int outputRows) {
        return (outputRows - 1) * window.stride()[0] + (window.kernel()[0] - 1) * window.dilation()[0] + 1;
    }

    long bytes() {
        return (room * rowBytes() + SLACK + 63) & -64;
    }

    /** Bytes of the rows that are read at a time. */
    long readBytes() {
        return rows * rowBytes();
    }

    long rowBytes() {
        return (long) columns * channels * Float.BYTES;
    }

    /** Elements from the begin of a row to the first cell that is no padding. */
    int firstElement() {
        return window.padding()[1] * channels;
    }

    /** Writes zeros beside the rows, for all rows that will ever lie in the memory. */
    void clearSides(MemorySegment memory) {
        long left = window.padding()[1] * (long) channels * Float.BYTES;
        long filled = left + (long) window.input()[1] * channels * Float.BYTES;
        for (int row = 0; row < room; row++) {
            zero(memory, row * rowBytes(), left);
            zero(memory, row * rowBytes() + filled, rowBytes() - filled);
        }
    }

    /** Moves the rows [from, to) to the begin of the memory, of which row {@code first} is the first now. */
    void slide(MemorySegment memory, int first, int from, int to) {
        if (from > first && to > from) {
            MemorySegment.copy(memory, (from - first) * rowBytes(), memory, 0, (to - from) * rowBytes());
        }
    }

    /** Writes zeros into those of the rows [from, to) that are padding; row {@code first} is the first in memory. */
    void clearPadding(MemorySegment memory, int first, int from, int to) {
        int begin = window.padding()[0];
        int end = begin + window.input()[0];
        for (int row = from; row < to; row++) {
            if (row < begin || row >= end) {
                zero(memory, (row - first) * rowBytes(), rowBytes());
            }
        }
    }

    private static void zero(MemorySegment memory, long from, long bytes) {
        if (bytes > 0) {
            memory.asSlice(from, bytes).fill((byte) 0);
        }
    }
}
