package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.matmul.Clamp;

/**
 * A kernel for rows of depthwise convolutions of {@code FP32} over two axes whose channels come last, a filter a channel.
 * A sum is one chain of fused multiply-adds that starts at the bias and goes through the taps row by row. Memory is given
 * by the address of its first element, strides in elements; nothing is checked. Stateless; any number of threads.
 */
public interface DepthwiseBand {
    /** Whether the kernel has this window, for so many channels in vectors of so many. */
    boolean suits(Window window, int channels, int lanes);

    /**
     * {@code y = clamp(x * w + bias)} for rows of output cells.
     *
     * @param x [rows, cells, channels] under the window, its padding written out: the first cell that the first output
     *     reads; a vector may be read at the last channels of a cell
     * @param w [taps, channels filled up to whole vectors]
     * @param bias [channels], 0 for zeros
     * @param y [rows, cells, channels], overlapping none of the others
     */
    void run(
            Window window,
            int channels,
            int rows,
            int cells,
            long x,
            long xRow,
            long xCell,
            long w,
            long wTap,
            long bias,
            Clamp clamp,
            long y,
            long yRow,
            long yCell);
}
