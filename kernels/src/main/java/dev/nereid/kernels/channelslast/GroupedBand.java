package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.matmul.Clamp;

/**
 * A kernel for rows of convolutions of {@code FP32} over two axes in groups narrower than half a vector, their channels last.
 * Vectors of filters and of channels hold whole groups, as many as of both fit. A sum is one chain of fused multiply-adds
 * that starts at the bias; its order depends on the kernel's extents and the group alone. Memory is given by the address of
 * its first element, strides in elements; nothing is checked. Stateless; any number of threads.
 */
public interface GroupedBand {
    /** Whether the kernel has this window, for vectors of so many lanes. */
    boolean suits(Window window, int lanes);

    /**
     * How groups lie in vectors.
     *
     * @param filters of all groups
     * @param vectorFilters those of a vector; the last vector has what is left
     * @param vectorChannels channels from one vector's to the next one's
     * @param groupChannels channels that a filter reads
     */
    record Groups(int filters, int vectorFilters, int vectorChannels, int groupChannels) {}

    /**
     * {@code y = clamp(x * w + bias)} for rows of output cells.
     *
     * @param x [rows, cells, channels] under the window, its padding written out: the first cell that the first output
     *     reads; a vector is read at the first channel of every vector's groups
     * @param own [group's channels, lanes] the lane of x's vector that each filter reads
     * @param w [vectors, taps, group's channels, lanes]
     * @param bias [filters], 0 for zeros
     * @param y [rows, cells, filters], overlapping none of the others
     */
    void run(
            Window window,
            Groups groups,
            int rows,
            int cells,
            long x,
            long xRow,
            long xCell,
            long own,
            long w,
            long bias,
            Clamp clamp,
            long y,
            long yRow,
            long yCell);
}
