package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Window;

/**
 * A kernel for rows of a grouped convolution of {@code FP32} over two axes with the channels last, for groups narrower than
 * half a vector. Vectors of filters and of channels hold whole groups, as many as of both fit. A sum is one chain of fused
 * multiply-adds that starts at the bias; its order depends on the kernel's extents and the group alone. Nothing is checked.
 * Stateless; any number of threads.
 */
public interface GroupedConvolutionKernel {
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
     * {@code y = clamp(x * w + bias)}.
     *
     * @param rows of whose x a vector is read at the first channel of every vector's groups
     * @param own address of [group's channels, lanes]: the lane of x's vector that each filter reads
     * @param w address of [vectors, taps, group's channels, lanes]
     */
    void run(Window window, Groups groups, ChannelsLastRows rows, long own, long w);
}
