package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.RowCopies;
import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.MemorySegment;

/**
 * The part of an item that a band of output rows reads, with its padding written out, so that no loop behind it has
 * edges. x: [input..., channels]; the copy: [rows, columns, channels], and some bytes behind it that may be read but mean
 * nothing. Rows and columns count from the first of the padding.
 *
 * @param columns cells of a row that the window reads
 */
record Halo(Window window, int channels, int columns) {
    /** Bytes behind the copy: one vector of any width. */
    private static final int SLACK = 64;

    static Halo of(Window window, int channels) {
        return new Halo(window, channels, extent(window, 1, window.output()[1]));
    }

    private static int extent(Window window, int axis, int outputs) {
        int last = Math.max(0, outputs - 1);
        return last * window.stride()[axis] + (window.kernel()[axis] - 1) * window.dilation()[axis] + 1;
    }

    /** Whether the window reads anything beside the input itself. */
    boolean isNeeded() {
        return window.padding()[0] != 0
                || window.padding()[1] != 0
                || extent(window, 0, window.output()[0]) > window.input()[0]
                || columns > window.input()[1];
    }

    /** Bytes of the copy for a band of so many output rows. */
    long bytes(int outputRows) {
        return extent(window, 0, outputRows) * rowBytes() + SLACK;
    }

    long rowBytes() {
        return (long) columns * channels * Float.BYTES;
    }

    /** The item as it lies in x, where it begins at {@code address}; only where no halo is needed. */
    Cells inPlace(long address) {
        return new Cells(address, window.input()[1], channels);
    }

    /** Copies what the output rows [from, to) read of the item that begins at byte {@code item} of x. */
    Cells fill(MemorySegment x, long item, int from, int to, MemorySegment target) {
        int height = window.input()[0];
        int width = window.input()[1];
        int padding = window.padding()[1];
        long cellBytes = (long) channels * Float.BYTES;
        int begin = Math.clamp(padding, 0, columns);
        int end = Math.clamp((long) padding + width, begin, columns);
        int first = from * window.stride()[0];
        int rows = begin == end ? 0 : extent(window, 0, to - from);
        long address = target.address();
        // What lies behind one row's cells and before the next one's is padding.
        long done = address;
        for (int row = 0; row < rows; row++) {
            int y = first + row - window.padding()[0];
            if (y >= 0 && y < height) {
                long source = x.address() + item + ((long) y * width + begin - padding) * cellBytes;
                long cells = address + row * rowBytes() + begin * cellBytes;
                RowCopies.zero(done, cells);
                done = cells + (end - begin) * cellBytes;
                RowCopies.copy(source, cells, done);
            }
        }
        RowCopies.zero(done, address + extent(window, 0, to - from) * rowBytes());
        return new Cells(address - first * rowBytes(), columns, channels);
    }

    /**
     * Where the cells of one item lie, those of them that a band reads.
     *
     * @param address of the first of all, whether it is there or not
     * @param columns cells between rows
     * @param channels elements between cells
     */
    record Cells(long address, int columns, int channels) {
        long at(int row, int column) {
            return address + ((long) row * columns + column) * channels * Float.BYTES;
        }
    }
}
