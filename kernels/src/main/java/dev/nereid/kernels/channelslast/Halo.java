package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.Window;
import java.lang.foreign.MemorySegment;

/**
 * One item of the input with its padding written out, so that no loop behind it has edges. x: [input..., channels]; the
 * copy: [rows, columns, channels], and some bytes behind it that may be read but mean nothing.
 *
 * @param rows rows that the window reads, padding among them
 * @param columns cells of each that it reads
 */
record Halo(Window window, int channels, int rows, int columns) {
    /** Bytes behind the copy: one vector of any width. */
    private static final int SLACK = 64;

    static Halo of(Window window, int channels) {
        return new Halo(window, channels, extent(window, 0), extent(window, 1));
    }

    private static int extent(Window window, int axis) {
        int last = Math.max(0, window.output()[axis] - 1);
        return last * window.stride()[axis] + (window.kernel()[axis] - 1) * window.dilation()[axis] + 1;
    }

    /** Whether the window reads anything beside the input itself. */
    boolean isNeeded() {
        return window.padding()[0] != 0
                || window.padding()[1] != 0
                || rows > window.input()[0]
                || columns > window.input()[1];
    }

    long bytes() {
        return (long) rows * rowBytes() + SLACK;
    }

    private long rowBytes() {
        return (long) columns * channels * Float.BYTES;
    }

    /** The item as it lies in x, which begins at {@code address}; only where no halo is needed. */
    Cells inPlace(long address) {
        return new Cells(address, window.input()[1], channels);
    }

    /** Copies the item that begins at byte {@code from} of x. */
    Cells fill(MemorySegment x, long from, MemorySegment target) {
        int height = window.input()[0];
        int width = window.input()[1];
        long cellBytes = (long) channels * Float.BYTES;
        int begin = Math.clamp(window.padding()[1], 0, columns);
        int end = Math.clamp((long) window.padding()[1] + width, begin, columns);
        for (int row = 0; row < rows; row++) {
            int y = row - window.padding()[0];
            long to = row * rowBytes();
            if (y < 0 || y >= height || begin == end) {
                target.asSlice(to, rowBytes()).fill((byte) 0);
                continue;
            }
            long source = from + ((long) y * width + begin - window.padding()[1]) * cellBytes;
            target.asSlice(to, begin * cellBytes).fill((byte) 0);
            MemorySegment.copy(x, source, target, to + begin * cellBytes, (end - begin) * cellBytes);
            target.asSlice(to + end * cellBytes, (columns - end) * cellBytes).fill((byte) 0);
        }
        return new Cells(target.address(), columns, channels);
    }

    /**
     * Where the cells of one item lie.
     *
     * @param address of the first
     * @param columns cells between rows
     * @param channels elements between cells
     */
    record Cells(long address, int columns, int channels) {
        long at(int row, int column) {
            return address + ((long) row * columns + column) * channels * Float.BYTES;
        }
    }
}
